"""The tab Generate: writing with a model."""
