"""A card names the language of what was learnt, and says nothing where it is not sure."""

import pytest

from textgen_gui.engine.exchange.languages import language_of, names, small_words

PASSAGES = {
    "en": "It was the best of times, and he told her that the sea was with him to the end of it.",
    "de": "Es war einmal ein alter König, der sich nicht mit der Welt und ihren Sorgen abgeben wollte, das ist wahr.",
    "fr": "Il y avait dans le jardin une rose qui ne parlait pas, et les enfants des voisins la regardaient.",
    "uk": "Він не знав, що буде з ним, як і вчора, та йшов до лісу, що стояв на горі.",
    "ru": "Он не знал, что будет с ним, и как вчера шёл в лес, который стоял на горе, с его собакой.",
    "ja": "\u543e\u8f29\u306f\u732b\u3067\u3042\u308b\u3002\u540d\u524d\u306f\u307e\u3060\u7121\u3044\u3002",
    "zh": "\u9053\u53ef\u9053\uff0c\u975e\u5e38\u9053\u3002\u540d\u53ef\u540d\u3002",
    "": "x = 1; y = 2; for i in range(10): print(i, x, y, foo, bar, baz, qux, quux)",
}


@pytest.mark.parametrize("code", list(PASSAGES))
def test_a_passage_is_known_by_its_small_words_or_its_letters(code: str) -> None:
    assert language_of(PASSAGES[code]) == code


def test_each_has_a_name_and_too_little_is_not_guessed() -> None:
    assert set(small_words) <= set(names) and language_of("the sea and the end") == "" and language_of("") == ""
