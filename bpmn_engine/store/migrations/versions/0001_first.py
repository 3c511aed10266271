"""The first schema."""

import sqlalchemy as sa
from alembic import op

from bpmn_engine.store.tables import UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table('correlation',
    sa.Column('message_key', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('process_id', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('message_key', 'process_id')
    )
    op.create_table('form',
    sa.Column('key', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('form_id', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('resource_name', sa.Text(), nullable=False),
    sa.Column('resource_key', sa.BigInteger(), nullable=False),
    sa.Column('deployment_key', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('key')
    )
    op.create_index('form_version', 'form', ['form_id', 'version'], unique=True)
    op.create_table('incident',
    sa.Column('key', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('instance_key', sa.BigInteger(), nullable=False),
    sa.Column('token_key', sa.BigInteger(), nullable=False),
    sa.Column('job_key', sa.BigInteger(), nullable=True),
    sa.Column('element_id', sa.Text(), nullable=False),
    sa.Column('error_type', sa.Text(), nullable=False),
    sa.Column('message', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('ended_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('key')
    )
    op.create_index('incident_instance', 'incident', ['instance_key', 'ended_at'], unique=False)
    op.create_index('incident_state', 'incident', ['state', 'key'], unique=False)
    op.create_table('job',
    sa.Column('key', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('instance_key', sa.BigInteger(), nullable=False),
    sa.Column('token_key', sa.BigInteger(), nullable=False),
    sa.Column('element_id', sa.Text(), nullable=False),
    sa.Column('type', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('retries', sa.Integer(), nullable=False),
    sa.Column('headers', sa.Text(), nullable=False),
    sa.Column('worker', sa.Text(), nullable=True),
    sa.Column('available_at', UtcDateTime(), nullable=False),
    sa.Column('error_code', sa.Text(), nullable=True),
    sa.Column('error_message', sa.Text(), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('ended_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('key')
    )
    op.create_index('job_instance', 'job', ['instance_key', 'ended_at'], unique=False)
    op.create_index('job_ready', 'job', ['type', 'key'], unique=False, postgresql_where=sa.text("state = 'CREATED'"), sqlite_where=sa.text("state = 'CREATED'"))
    op.create_table('message',
    sa.Column('key', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('correlation_key', sa.Text(), nullable=False),
    sa.Column('message_id', sa.Text(), nullable=True),
    sa.Column('variables', sa.Text(), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('key')
    )
    op.create_index('message_expiry', 'message', ['expires_at'], unique=False)
    op.create_index('message_name', 'message', ['name', 'correlation_key'], unique=False)
    op.create_table('node',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('host', sa.Text(), nullable=False),
    sa.Column('pid', sa.Integer(), nullable=False),
    sa.Column('lease_until', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('process_definition',
    sa.Column('key', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('process_id', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('version_tag', sa.Text(), nullable=True),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('resource_key', sa.BigInteger(), nullable=False),
    sa.Column('resource_name', sa.Text(), nullable=False),
    sa.Column('deployment_key', sa.BigInteger(), nullable=False),
    sa.Column('start_form_id', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('key')
    )
    op.create_index('process_definition_version', 'process_definition', ['process_id', 'version'], unique=True)
    op.create_table('process_instance',
    sa.Column('key', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('definition_key', sa.BigInteger(), nullable=False),
    sa.Column('process_id', sa.Text(), nullable=False),
    sa.Column('parent_key', sa.BigInteger(), nullable=True),
    sa.Column('parent_token_key', sa.BigInteger(), nullable=True),
    sa.Column('root_key', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('business_id', sa.Text(), nullable=True),
    sa.Column('tags', sa.Text(), nullable=False),
    sa.Column('start_key', sa.Text(), nullable=True),
    sa.Column('started_at', UtcDateTime(), nullable=False),
    sa.Column('ended_at', UtcDateTime(), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('pending', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('key')
    )
    op.create_index('process_instance_business', 'process_instance', ['business_id'], unique=False, postgresql_where=sa.text('business_id IS NOT NULL'), sqlite_where=sa.text('business_id IS NOT NULL'))
    op.create_index('process_instance_definition', 'process_instance', ['definition_key', 'key'], unique=False)
    op.create_index('process_instance_parent', 'process_instance', ['parent_key'], unique=False, postgresql_where=sa.text('parent_key IS NOT NULL'), sqlite_where=sa.text('parent_key IS NOT NULL'))
    op.create_index('process_instance_pending', 'process_instance', ['key'], unique=False, postgresql_where=sa.text('pending'), sqlite_where=sa.text('pending'))
    op.create_index('process_instance_start', 'process_instance', ['process_id', 'start_key'], unique=False, postgresql_where=sa.text('start_key IS NOT NULL AND ended_at IS NULL'), sqlite_where=sa.text('start_key IS NOT NULL AND ended_at IS NULL'))
    op.create_index('process_instance_state', 'process_instance', ['state', 'key'], unique=False)
    op.create_table('resource',
    sa.Column('key', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('deployment_key', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('checksum', sa.Text(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('deployed_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('key')
    )
    op.create_index('resource_name', 'resource', ['name', 'key'], unique=False)
    op.create_table('subscription',
    sa.Column('key', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('instance_key', sa.BigInteger(), nullable=False),
    sa.Column('definition_key', sa.BigInteger(), nullable=False),
    sa.Column('process_id', sa.Text(), nullable=False),
    sa.Column('token_key', sa.BigInteger(), nullable=False),
    sa.Column('element_id', sa.Text(), nullable=False),
    sa.Column('message_name', sa.Text(), nullable=False),
    sa.Column('correlation_key', sa.Text(), nullable=False),
    sa.Column('interrupting', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('key')
    )
    op.create_index('subscription_instance', 'subscription', ['instance_key'], unique=False)
    op.create_index('subscription_message', 'subscription', ['message_name', 'correlation_key'], unique=False)
    op.create_table('timer',
    sa.Column('key', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('instance_key', sa.BigInteger(), nullable=False),
    sa.Column('definition_key', sa.BigInteger(), nullable=False),
    sa.Column('token_key', sa.BigInteger(), nullable=False),
    sa.Column('element_id', sa.Text(), nullable=False),
    sa.Column('due_at', UtcDateTime(), nullable=False),
    sa.Column('schedule', sa.Text(), nullable=True),
    sa.Column('remaining', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('key')
    )
    op.create_index('timer_due', 'timer', ['due_at'], unique=False)
    op.create_index('timer_instance', 'timer', ['instance_key'], unique=False)
    op.create_table('token',
    sa.Column('key', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('instance_key', sa.BigInteger(), nullable=False),
    sa.Column('element_id', sa.Text(), nullable=False),
    sa.Column('type', sa.Text(), nullable=False),
    sa.Column('scope_key', sa.BigInteger(), nullable=False),
    sa.Column('flow_id', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('started_at', UtcDateTime(), nullable=False),
    sa.Column('ended_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('key')
    )
    op.create_index('token_instance', 'token', ['instance_key', 'ended_at'], unique=False)
    op.create_table('user_task',
    sa.Column('key', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('instance_key', sa.BigInteger(), nullable=False),
    sa.Column('token_key', sa.BigInteger(), nullable=False),
    sa.Column('element_id', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('assignee', sa.Text(), nullable=True),
    sa.Column('candidate_users', sa.Text(), nullable=False),
    sa.Column('candidate_groups', sa.Text(), nullable=False),
    sa.Column('due_at', UtcDateTime(), nullable=True),
    sa.Column('follow_up_at', UtcDateTime(), nullable=True),
    sa.Column('priority', sa.Integer(), nullable=False),
    sa.Column('form_id', sa.Text(), nullable=True),
    sa.Column('form_key', sa.Text(), nullable=True),
    sa.Column('external_form', sa.Text(), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('ended_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('key')
    )
    op.create_index('user_task_assignee', 'user_task', ['assignee', 'state'], unique=False)
    op.create_index('user_task_instance', 'user_task', ['instance_key', 'ended_at'], unique=False)
    op.create_index('user_task_state', 'user_task', ['state', 'key'], unique=False)
    op.create_table('variable',
    sa.Column('key', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('instance_key', sa.BigInteger(), nullable=False),
    sa.Column('scope_key', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('key')
    )
    op.create_index('variable_instance', 'variable', ['instance_key', 'scope_key'], unique=False)
