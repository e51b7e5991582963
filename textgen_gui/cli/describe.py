"""Each event in words for a terminal."""

from typing import assert_never

from ..engine.core import event_log, events
from ..engine.core.events import Event
from ..words import count, duration, percent, size


def describe(event: Event) -> str:
    """One line; what no verb tells people is shown as it is."""
    match event:
        case events.TextRead():
            return _read(event)
        case events.Prepared():
            return _prepared(event)
        case events.RunStarted():
            return _started(event)
        case events.Evaluated():
            return f"step {event.step:,}: held-out loss {event.loss:.3f} = {event.bits_per_byte:.3f} bits per byte"
        case events.SampleWritten():
            return f"step {event.step:,} writes: {' '.join((event.prompt + event.text).split())[:100]}"
        case events.CopyFound():
            return _copy(event)
        case events.CopyChecked():
            share = event.copied / max(1, event.words)
            return f"{event.copied:,} of {count('word', event.words)} ({share:.0%}) stand in the training texts."
        case events.GenerationBegan():
            taught = "the one before it" if event.number == 2 else "those before it"
            return (
                f"step {event.step:,}: model {event.number} of {event.count} begins, and learns from {taught} as well"
            )
        case events.Replanned():
            return f"step {event.step:,}: by the pace so far, {count('step', event.steps)} fit into the time"
        case events.CheckpointSaved():
            return f"step {event.step:,}: saved {event.checkpoint}"
        case events.FieldsWritten():
            return "\n".join(f"{name}: {text}" for name, text in event.fields)
        case events.Exported():
            return "\n".join([f"{event.path}, {event.bytes / 1e6:,.1f} MB. {event.proof}", *event.steps])
        case events.DamageFound() | events.Checked():
            return _checked(event)
        case events.UploadOffered() | events.Uploaded():
            return _upload(event)
        case events.ModelOffered() | events.ModelReady() | events.BytesFetched():
            return _model(event)
        case events.DoorOpened() | events.DoorUsed():
            return _door(event)
        case events.WindowMoved():
            return f"(after {count('token', event.tokens)} the model forgets the older half)"
        case events.RunFinished() | events.Warned() | events.Advised() | events.Replayed() | events.RunBrought():
            return event.message
        case events.Baseline():
            return f"{event.name}: held-out loss {event.loss:.3f} = {event.bits_per_byte:.3f} bits per byte"
        case events.StartDescribed() | events.MendOffered():
            return event.words if isinstance(event, events.StartDescribed) else _mend(event)
        case events.Progressed() | events.StepDone() | events.TokenChosen() | events.Suggested():
            return event_log.to_json(event)
        case events.TextPiece() | events.TextGenerated():
            return event_log.to_json(event)
        case events.DeviceFound() | events.PresetMeasured() | events.RunCreated() | events.ModelChosen():
            return event_log.to_json(event)
        case events.Examined():
            return _examined(event)
        case events.VersionsFound():
            same = f"{percent(event.share)} of their passages are the same"
            return f"{event.path} and {event.other} may be versions of one text: {same}."
        case events.Previewed() | events.CopyMeasured() | events.TextJudged() | events.TextKept():
            return event_log.to_json(event)
        case _:
            assert_never(event)


def _upload(event: events.UploadOffered | events.Uploaded) -> str:
    who = "only you see it" if event.private else "everybody sees it"
    if isinstance(event, events.Uploaded):
        return f"{event.address} has it; {who}."
    listed = [f"    {name}, {size(bytes)}" for name, bytes in zip(event.files, event.sizes, strict=True)]
    return "\n".join([f"To {event.host}, as {event.name}; {who}:", *listed])


def _read(event: events.TextRead) -> str:
    found = event.encoding or event.format or "not read"
    return " ".join((f"{event.path}: {count('character', event.characters)}, {found}.", *event.warnings))


def _prepared(event: events.Prepared) -> str:
    return (
        f"Prepared {count('token', event.tokens + event.heldout_tokens)} of {count('kind', event.vocabulary)} from "
        f"{count('document', event.documents)}; {event.heldout_tokens:,} of them are held out."
    )


def _started(event: events.RunStarted) -> str:
    start = f"Resuming at step {event.resumed_from:,}" if event.resumed_from else "Starting"
    return (
        f"{start}: {count('parameter', event.parameters)}, {count('step', event.steps)}, {event.precision}, "
        f"{event.device}, {count('thread', event.threads)}."
    )


def _examined(event: events.Examined) -> str:
    examples = "".join(f"\n    {before.strip()!r} → {after.strip()!r}" for before, after in event.examples)
    return f"{event.path}: {event.rule.replace('_', ' ')}, {count('time', event.count)}{examples}"


def _mend(event: events.MendOffered) -> str:
    return f"{event.words}: " + " ".join(f"--set {setting}" for setting in event.settings)


def _checked(event: events.DamageFound | events.Checked) -> str:
    if isinstance(event, events.DamageFound):
        return f"{event.path}: {event.words}"
    found = f"{event.damaged:,} damaged" if event.damaged else "nothing is damaged of what can be checked"
    return f"Compared {size(event.bytes)} with what was noted when they were written: {found}."


def _model(event: events.ModelOffered | events.ModelReady | events.BytesFetched) -> str:
    if isinstance(event, events.BytesFetched):
        amount = f"{size(event.done)} of {size(event.total)}"
        left = duration((event.total - event.done) / max(event.bytes_per_s, 1))
        return f"{event.file}: {amount}, {size(event.bytes_per_s)}/s, {left} left"
    known = (size(event.bytes), event.licence, " ".join(event.languages))
    where = event.host if isinstance(event, events.ModelOffered) else event.source or "the box"
    return f"{event.name}: {', '.join(filter(None, known))}, from {where}."


def _door(event: events.DoorOpened | events.DoorUsed) -> str:
    if isinstance(event, events.DoorUsed):
        return f"{event.answered:,} requests answered, {event.refused:,} refused; {event.tokens:,} tokens written."
    return (
        f"Other programs on this computer can write with {event.model} now. Ctrl+C closes the door.\n"
        f"OpenAI's clients:   {event.address}/v1\nKoboldAI's clients: {event.address}\nKey: {event.key}"
    )


def _copy(event: events.CopyFound) -> str:
    where = f"characters {event.start:,} to {event.end:,}"
    return f"{count('word', event.words)}, {where}, stand in {event.path}, {event.place:.0%} into it"
