from rest_framework.authentication import BaseAuthentication


class TokenAuthentication(BaseAuthentication):
    """Knows no tokens yet: every request goes on to the session."""

    def authenticate(self, request: object) -> None:
        return None

    def authenticate_header(self, request: object) -> str:
        return "Bearer"
