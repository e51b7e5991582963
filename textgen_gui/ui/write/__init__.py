"""The tab Generate: writing with a model.

Four views of one kind (writing_view): the writing desk, many texts at once, two models side by side, and rows of a
table. At their right stand which model writes and how. The desk is made of parts that know only its page: the draft,
the pieces that appear, versions, confidence with alternatives, offered words and the check for copies.
"""
