"""What is not done, and why, in the shape in which OpenAI's clients expect it."""

from starlette.responses import JSONResponse


class Refused(Exception):  # noqa: N818 (it is an answer)
    """``code``: for programs; the message is for people. ``parameter``: which part of the request it is about."""

    def __init__(
        self,
        status: int,
        message: str,
        code: str,
        parameter: str | None = None,
        *,
        retry_s: int = 0,
        close: bool = False,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.parameter = status, code, parameter
        self.headers = ({"Retry-After": str(retry_s)} if retry_s else {}) | ({"Connection": "close"} if close else {})

    def body(self) -> dict[str, object]:
        kind = "server_error" if self.status >= 500 else "invalid_request_error"
        return {"error": {"message": str(self), "type": kind, "param": self.parameter, "code": self.code}}

    def response(self) -> JSONResponse:
        return JSONResponse(self.body(), self.status, self.headers)
