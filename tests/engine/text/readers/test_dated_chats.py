"""Chats of LINE and KakaoTalk: what people wrote, without times, names and stickers."""

from pathlib import Path

import pytest

from textgen_gui.engine.core.config import TextConfig

from . import read

LINE = """[LINE] Chat history with Ann
Saved on: 2023/01/05 10:00

2023/01/01(Sun)
10:00\tAnn\tHello there
10:01\tBob\t"Two
lines"
10:02\tAnn\t[Sticker]
10:03\tAnn unsent a message.

2023/01/02(Mon)
09:00\tBob\t[Photo]
09:01\tBob\tGood morning
09:02\tAnn\t☎ Call time 1:00
"""
JAPANESE = """[LINE] 花子とのトーク履歴
保存日時：2023/01/05 10:00

2023/01/01(日)
午前10:00\t花子\tこんにちは
10:01\t太郎\t[スタンプ]
10:02\t太郎\tおはよう
ございます
"""
KOREAN = """민수 님과 카카오톡 대화
저장한 날짜 : 2023-01-05 10:00:00

--------------- 2023년 1월 1일 일요일 ---------------
[민수] [오전 10:00] 안녕하세요
잘 지내세요?
[지영] [오전 10:01] 사진
지영님이 나갔습니다.
[민수] [오전 10:02] 네 좋아요
선생님이 그렇게 말합니다.
"""
MOBILE = """KakaoTalk Chats with Ann
Date Saved : Jan 5, 2023 at 10:00 AM

Sunday, January 1, 2023
Jan 1, 2023 at 10:00 AM, Ann : Hello there
Jan 1, 2023 at 10:01 AM, Bob : Photo
Jan 1, 2023 at 10:02 AM, Bob : Good morning
The train left at nine.
Carl joined this chatroom.
"""


@pytest.mark.parametrize(
    ("content", "said", "name", "told"),
    [
        (LINE, ["Hello there", "Two\nlines", "Good morning"], "a LINE chat", "Left out: 3 picture"),
        (JAPANESE, ["こんにちは", "おはよう\nございます"], "a LINE chat", "1 picture or deleted message"),
        (KOREAN, ["안녕하세요\n잘 지내세요?", "네 좋아요\n선생님이 그렇게 말합니다."], "a KakaoTalk chat", "1 notice"),
        (
            MOBILE,
            ["Hello there", "Good morning\nThe train left at nine."],
            "a KakaoTalk chat",
            "1 picture or deleted message",
        ),
    ],
)
def test_what_people_wrote_is_read(tmp_path: Path, content: str, said: list[str], name: str, told: str) -> None:
    (tmp_path / "chat.txt").write_text(content, encoding="utf-8")
    found = read(tmp_path / "chat.txt")
    assert found.documents == said and f"Read as {name}." in found.warnings and told in found.warnings


def test_times_and_names_can_be_learnt_too(tmp_path: Path) -> None:
    (tmp_path / "chat.txt").write_text(KOREAN, encoding="utf-8")
    found = read(tmp_path / "chat.txt", TextConfig(columns=("name", "time", "text")))
    assert found.documents[1] == "민수: 2023년 1월 1일 일요일 오전 10:02: 네 좋아요\n선생님이 그렇게 말합니다."


@pytest.mark.parametrize(
    "content", ["[LINE] is a word.\nThis is no chat.", "KakaoTalk Chats: an essay.\nNothing more."]
)
def test_what_only_names_them_is_a_text(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.txt").write_text(content, encoding="utf-8")
    assert read(tmp_path / "a.txt").text == content
