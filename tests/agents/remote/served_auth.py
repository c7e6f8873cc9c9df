"""The server lets in only who sends this header; a bare x-api-key would not do."""

from langgraph_sdk import Auth

from tests.agents.remote.serving import HEADER, SECRET

auth = Auth()


@auth.authenticate
async def authenticate(headers: dict[bytes, bytes]) -> str:
    if headers.get(HEADER.encode()) != SECRET.encode():
        raise Auth.exceptions.HTTPException(status_code=401, detail="Who are you?")
    return "langvel"
