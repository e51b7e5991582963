"""Chats of WhatsApp as plain text: a line begins with the time, written as it is usual where the telephone lives."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from .fields import Document, Export
from .reading import INVISIBLE

LINES = 200  # looked at
A_TALK = 3  # people: where there are more, somebody says something twice
NAMED = 0.2  # of the messages; a group begins with notices of who came

_hidden, _blank = rf"[{INVISIBLE}]*", r"[\s\u202f\xa0]?"
_between = rf"{_hidden}[./\-年월月년]{_hidden}\s?"
_date = rf"\d{{1,4}}{_between}\d{{1,2}}{_between}\d{{1,4}}(?:[.日일]|\s?г\.)?{_hidden}"
_letter = r"(?:[^\W\d_]|[\u0900-\u0d7f])"  # Indian vowels are signs of their own
_words = rf"(?:{_letter}{{1,9}}\.?{_blank}){{0,2}}"  # before noon and after it, or such as "at"
_clock, _seconds = rf"{_words}\d{{1,2}}[:.]\d\d", r"(?:[:.]\d\d)?"
_gap = rf"[,،]?{_hidden}\s?{_hidden}"
_begins = re.compile(
    rf"{_hidden}(?:\[({_date}{_gap}{_clock}{_seconds}{_blank}{_words})\]"
    rf"|({_date}{_gap}{_clock}(?![:.]?\d){_blank}{_words}|\d{{1,2}}[:.]\d\d,?\s{_date})\s?-)\s(.*)",
    re.DOTALL,
)
_named = re.compile(r"([^:\n]{1,80}):\s(.*)", re.DOTALL)
_attached = re.compile(
    r"[^\n<>]*\.(?:jpe?g|png|webp|gif|heic|mp4|3gp|mov|opus|ogg|mp3|m4a|aac|amr|wav|pdf|vcf|docx?|xlsx?|pptx?|zip|txt)"
    r" \([^()\n]{4,40}\)",
    re.IGNORECASE,
)
_instead = re.compile(r"<[^<>\n]{3,60}>|null")  # of a picture
_edited = re.compile(
    r"\s*\u200e?<[^<>\n]*(?:edit|bearbeitet|modifi|bewerkt|edytowan|изменен|змінен|redig|muokat|düzenlen|編集|编辑|編輯)"
    r"[^<>\n]*>\Z",
    re.IGNORECASE,
)
# What stands in place of a message that was taken back, of one's own and of others, in the languages of most exports.
_deleted = """
    this message was deleted|you deleted this message
    diese nachricht wurde gelöscht|du hast diese nachricht gelöscht
    ce message a été supprimé|vous avez supprimé ce message
    se eliminó este mensaje|este mensaje fue eliminado|eliminaste este mensaje
    questo messaggio è stato eliminato|hai eliminato questo messaggio
    mensagem apagada|esta mensagem foi apagada|você apagou esta mensagem|apagou esta mensagem
    dit bericht is verwijderd|u heeft dit bericht verwijderd|je hebt dit bericht verwijderd
    данное сообщение удалено|сообщение удалено|вы удалили данное сообщение
    це повідомлення видалено|ви видалили це повідомлення
    ta wiadomość została usunięta|usunięto tę wiadomość
    bu mesaj silindi|bu mesajı sildiniz
    tato zpráva byla smazána|tuto zprávu jste smazali
    det här meddelandet har raderats|du raderade det här meddelandet
    denne besked blev slettet|du slettede denne besked
    tämä viesti poistettiin|poistit tämän viestin
    ez az üzenet törölve lett|törölted ezt az üzenetet
    acest mesaj a fost șters|ați șters acest mesaj
    αυτό το μήνυμα διαγράφηκε|διαγράψατε αυτό το μήνυμα
    pesan ini telah dihapus|pesan ini dihapus|anda menghapus pesan ini
    このメッセージは削除されました|メッセージを削除しました
    此消息已删除|你已删除这条消息|您已删除此消息|此訊息已刪除|你已刪除此訊息
    삭제된 메시지입니다|이 메시지를 삭제했습니다
    تم حذف هذه الرسالة|لقد حذفت هذه الرسالة|הודעה זו נמחקה|מחקת הודעה זו|यह संदेश हटा दिया गया
    """
DELETED = frozenset(words.strip() for words in _deleted.strip().replace("\n", "|").split("|"))


_calls = """
    missed voice call|missed video call|missed group voice call|missed group video call
    verpasster sprachanruf|verpasster videoanruf|verpasster anruf
    appel vocal manqué|appel vidéo manqué|llamada perdida|videollamada perdida|llamada de voz perdida
    chiamata vocale persa|videochiamata persa|chamada de voz perdida|chamada de vídeo perdida|ligação de voz perdida
    gemiste spraakoproep|gemiste video-oproep|пропущенный аудиозвонок|пропущенный видеозвонок
    """
CALLS = frozenset(words.strip() for words in _calls.strip().replace("\n", "|").split("|"))  # that nobody took


def is_chat(head: str) -> bool:
    """Whether a text begins with messages that have times and names."""
    first = [line for line in islice(head.split("\n"), LINES) if line.strip()]
    begun = [match for match in map(_begins.match, first) if match]
    named = [match for match in begun if _by_name(match[3])]
    starts = bool(first and _begins.match(first[0]))
    names = {name for match in named if (name := _name_of(match[3]))}
    talk = len(names) < len(named) or len(names) < A_TALK  # in a diary each line may have a place or a mood of its own
    return starts and talk and len(named) >= min(2, len(first)) and len(named) >= NAMED * len(begun)


def _name_of(said: str) -> str:
    match = _by_name(said)
    return match[1].strip() if match else ""


def _by_name(said: str) -> "re.Match[str] | None":
    """Name and words of a message; None for a notice, which may quote the name of a group with a colon in it."""
    match = _named.match(said.lstrip(INVISIBLE))
    return match if match and match[1].count('"') % 2 == 0 and match[1].count("“") == match[1].count("”") else None


def export(lines: Iterator[str]) -> Export:
    fields, left_out = ("name", "time", "text"), Counter[str]()

    def documents() -> Iterator[Document]:
        for time, said in _messages(lines):
            match = _by_name(said)
            if not match or match[2].strip(" .\u200e").casefold() in CALLS:
                left_out["notice"] += 1
                continue
            text, is_less = _said(match[2])
            left_out["picture or deleted message"] += is_less
            if text:
                yield [dict(zip(fields, (match[1].strip(), time, text), strict=True))]

    return Export("a WhatsApp chat", fields, fields[2:], documents(), ": ", left_out)


def _said(message: str) -> tuple[str, bool]:
    """What somebody wrote, and whether the program had put something in the place of a picture or a deleted message."""
    text = _edited.sub("", message).strip()
    first, _, more = text.partition("\n")
    # On iPhones, what stands for a picture begins with an invisible sign.
    is_instead = first.startswith("\u200e") or bool(_attached.fullmatch(first) or _instead.fullmatch(first))
    if text.rstrip(" .。").casefold() in DELETED:
        is_instead, more = True, ""
    return (more if is_instead else text).replace("\u200e", "").strip(), is_instead


def _messages(lines: Iterator[str]) -> Iterator[tuple[str, str]]:
    """Time and text of each; a message may have many lines."""
    time, said = "", list[str]()
    for line in lines:
        if match := _begins.match(line):
            if said:
                yield time, "\n".join(said)
            time, said = (match[1] or match[2]).strip(), [match[3]]
        elif said:
            said.append(line)
    if said:
        yield time, "\n".join(said)
