"""The two halves over HTTP."""
