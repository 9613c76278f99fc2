"""Robots of group chats (企业微信, 钉钉): where a unit's morning message and alarms go, and what became of each."""
