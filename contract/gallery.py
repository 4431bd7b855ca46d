"""What visitors write about each other's pictures; firestore.rules check who writes it, and what."""

from pydantic import Field

from contract.documents import Document, Timestamp

MAX_REASON = 500


class Like(Document):
    """`queue/{task}/likes/{uid}`, written and deleted together with the task's count `likes`."""

    uid: str
    task: str
    created_at: Timestamp


class Report(Document):
    """`reports/{task}_{uid}`: why an account thinks that a picture should not be shown."""

    task: str
    uid: str
    reason: str = Field(min_length=1, max_length=MAX_REASON)
    created_at: Timestamp
