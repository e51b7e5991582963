"""What Ollama makes a model from: the file, no frame of a chat, and how it writes, as it was chosen here.

What is not said is as Ollama has it (top_k 40, repeat_penalty 1.1), which is not what is usual here. So all is said.
"""

from tokenizers import Tokenizer

from ..core.generation_config import GenerateConfig
from ..text import special_tokens
from ..writing.constraints import stops_of


def modelfile(name: str, tokenizer: Tokenizer, context: int, writing: GenerateConfig) -> str:
    """``name``: of the GGUF file beside it. Raw: what is typed goes to the model as it is."""
    end = tokenizer.id_to_token(special_tokens.of(tokenizer).ends[0]) or ""
    said: list[tuple[str, str | float]] = [
        *(("stop", _quoted(text)) for text in (end, *stops_of(writing)) if text),
        ("temperature", writing.temperature),
        ("top_k", writing.top_k),
        ("top_p", writing.top_p),
        ("min_p", writing.min_p),
        ("repeat_penalty", writing.repetition_penalty),
        ("repeat_last_n", writing.penalty_range),
        ("num_predict", writing.max_new_tokens),
        ("num_ctx", context),
    ]
    parameters = "".join(f"PARAMETER {key} {value}\n" for key, value in said)
    return f'FROM ./{name}\nTEMPLATE """{{{{ .Prompt }}}}"""\n{parameters}'


def _quoted(text: str) -> str:
    return f'"""{text}"""' if '"' in text or "\n" in text else f'"{text}"'
