"""Log-in and the forced change of the password."""

from typing import Any

import segno

from tests.web.previews.data.frames import bare


def login(**form: Any) -> dict[str, Any]:
    """Return the log-in page as it first appears."""
    made = {"url": "/login", "next": "/cases", "account": "", "error": None, "needs_code": False}
    return {
        "bare": bare(),
        "form": made | form,
        "sso": {"url": "/login/sso", "label": ""},
        "sso_out_url": None,
        "public_url": "/report",
        "idle_minutes": 30,
    }


def login_error() -> dict[str, Any]:
    """Return the log-in page after a wrong password."""
    error = {"strong": "账号或密码不对，还可以试 3 次", "text": "忘了就找本单位管理员重设。"}
    return login(account="anlaoshi", error=error)


def login_code() -> dict[str, Any]:
    """Return the log-in page at its second step."""
    return login(account="anlaoshi", needs_code=True)


PROOF = {
    "name": "proof",
    "label": "你的密码",
    "kind": "password",
    "required": True,
    "autocomplete": "current-password",
    "hint": "登录超过 15 分钟了，先验证是你本人。试错和登录一样计数",
}


def proof() -> dict[str, Any]:
    """Return the page that asks who one is once more, after a wrong try."""
    wrong = "不对，还可以试 4 次。试完了这个账号要锁 15 分钟"
    return second_factor() | {
        "title": "再验证一次是你本人",
        "lead": "登录有一阵了。个人信息给人看、交出去之前，要再验证一次；验证完就接着做刚才的事",
        "picture": None,
        "by_hand": None,
        "form": {
            "url": "/proof",
            "fields": [PROOF | {"error": wrong}],
            "errors": [{"field": "proof", "label": PROOF["label"], "text": wrong}],
        },
        "button": "验证，接着做",
        "back": "先不做了",
    }


def second_factor(*, spares: bool = False) -> dict[str, Any]:
    """Return the setting up of the second factor: the code to scan, or the spare codes, shown once."""
    code = {
        "name": "code",
        "label": "验证器上的 6 位数",
        "kind": "text",
        "required": True,
        "inputmode": "numeric",
        "autocomplete": "one-time-code",
    }
    made: dict[str, Any] = {
        "bare": bare(),
        "title": "设第二道验证",
        "lead": "用手机上的验证器扫这个码，再填它给的 6 位数",
        "picture": str(segno.make("otpauth://totp/casework:baigong?secret=AAAA").svg_data_uri(scale=4)),
        "by_hand": "扫不了就手工填：AAAA BBBB CCCC DDDD",
        "spares": [],
        "form": {"url": "/second", "fields": [code], "errors": []},
        "button": "就用它",
        "back_url": "/profile",
        "back": "改天再设",
        "done": "抄好了",
    }
    if spares:
        made |= {
            "lead": "设好了。手机不在身边时用这些备用码，每个用一次，只显示这一次",
            "picture": None,
            "by_hand": None,
            "spares": ["4821-9930", "1177-2046", "8853-6012", "0394-7718"],
        }
    return made


def password() -> dict[str, Any]:
    """Return the forced change of the password with one mistake."""
    fields = [
        {
            "name": "current",
            "label": "现在的密码",
            "kind": "password",
            "required": True,
            "autocomplete": "current-password",
        },
        {
            "name": "fresh",
            "label": "新密码",
            "kind": "password",
            "required": True,
            "autocomplete": "new-password",
            "error": "里面有“qingchuan”，太好猜。换一个",
        },
        {"name": "again", "label": "再写一遍", "kind": "password", "required": True, "autocomplete": "new-password"},
    ]
    form = {
        "url": "/password",
        "account": "baigong",
        "why": "这个密码是管理员给的，只能用一次",
        "fields": fields,
        "errors": [{"field": "fresh", "label": "新密码", "text": "里面有“qingchuan”，太好猜"}],
    }
    rules = ["至少 10 个字，大写、小写、数字、符号里有三样；20 个字以上随意。", "可以粘贴，也可以让浏览器记住。"]
    return {"bare": bare(), "form": form, "rules": rules, "logout_url": "/logout"}
