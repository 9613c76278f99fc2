"""Log-in and the forced change of the password."""

from typing import Any

from tests.web.previews.data.frames import bare


def login(**form: Any) -> dict[str, Any]:
    """Return the log-in page as it first appears."""
    made = {"url": "/login", "next": "/cases", "account": "", "error": None, "needs_code": False}
    return {"bare": bare(), "form": made | form, "sso_url": "/sso", "public_url": "/report", "idle_minutes": 30}


def login_error() -> dict[str, Any]:
    """Return the log-in page after a wrong password."""
    error = {"strong": "账号或密码不对，还可以试 3 次", "text": "忘了就找本单位管理员重设。"}
    return login(account="anlaoshi", error=error)


def login_code() -> dict[str, Any]:
    """Return the log-in page at its second step."""
    return login(account="anlaoshi", needs_code=True)


def password() -> dict[str, Any]:
    """Return the forced change of the password with one mistake."""
    fields = [
        {"name": "current", "label": "现在的密码", "kind": "password", "required": True, "autocomplete": "current-password"},
        {"name": "fresh", "label": "新密码", "kind": "password", "required": True, "autocomplete": "new-password", "error": "里面有“qingchuan”，太好猜。换一个"},
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
