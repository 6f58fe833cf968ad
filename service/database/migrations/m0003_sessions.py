"""Browsers that are signed in to the page."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "page_session",
        sa.Column("hash", sa.Text, primary_key=True),
        sa.Column("key_id", sa.Text, sa.ForeignKey("api_key.id"), nullable=False),
        sa.Column("created", sa.Text, nullable=False),
        sa.Column("expires", sa.Text, nullable=False),
    )
    op.create_index("page_session_by_end", "page_session", ["expires"])


def downgrade() -> None:
    """Refuse: what was found is not taken down."""
    raise NotImplementedError("restore a backup instead")
