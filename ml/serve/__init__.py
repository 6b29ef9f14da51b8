"""The HTTP service and its page: questions about an evening's joint samples."""
