"""The tables of the first schema as PostgreSQL got them, so that every step can be replayed there.

SQLite's are a file: `tests/fixtures/version-1.0.0/schema-1.sqlite3`.
"""

FIRST_POSTGRESQL = (
    """CREATE TABLE comparisons (
         id TEXT NOT NULL, created_at BIGINT NOT NULL, prompt TEXT NOT NULL, aliases JSON NOT NULL,
         samples INTEGER NOT NULL, inputs JSON NOT NULL, visitor TEXT NOT NULL,
         version INTEGER NOT NULL, PRIMARY KEY (id))""",
    """CREATE TABLE generations (
         seq BIGSERIAL NOT NULL, id TEXT NOT NULL, comparison_id TEXT NOT NULL, alias TEXT NOT NULL,
         sample INTEGER NOT NULL, position INTEGER NOT NULL, state TEXT NOT NULL,
         attempt INTEGER NOT NULL, server TEXT, gateway TEXT NOT NULL, created_at BIGINT NOT NULL,
         started_at BIGINT, finished_at BIGINT, latency_s DOUBLE PRECISION, sha256 TEXT,
         extension TEXT, format TEXT, bytes BIGINT, width INTEGER, height INTEGER, others JSON,
         answered_by TEXT, text TEXT NOT NULL, finish_reason TEXT, prompt_tokens BIGINT,
         completion_tokens BIGINT, total_tokens BIGINT, cost_usd DOUBLE PRECISION, error_kind TEXT,
         error_message TEXT, PRIMARY KEY (seq), UNIQUE (id),
         FOREIGN KEY(comparison_id) REFERENCES comparisons (id) ON DELETE CASCADE)""",
    """CREATE TABLE attempts (
         generation_id TEXT NOT NULL, number INTEGER NOT NULL, state TEXT NOT NULL,
         gateway TEXT NOT NULL, started_at BIGINT NOT NULL, finished_at BIGINT,
         latency_s DOUBLE PRECISION, status INTEGER, error_kind TEXT, error_message TEXT,
         text TEXT NOT NULL, kept TEXT, facts JSON NOT NULL, PRIMARY KEY (generation_id, number),
         FOREIGN KEY(generation_id) REFERENCES generations (id) ON DELETE CASCADE)""",
    "CREATE TABLE schema_version (version SERIAL NOT NULL, PRIMARY KEY (version))",
    "CREATE INDEX generations_of_comparison ON generations (comparison_id, position)",
    "CREATE INDEX generations_by_state ON generations (state, seq)",
    "CREATE INDEX generations_by_alias ON generations (alias, state, seq)",
    "INSERT INTO schema_version VALUES (1)",
)
