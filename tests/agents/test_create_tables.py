from __future__ import annotations

import asyncio

import psycopg
from psycopg.conninfo import make_conninfo

from agents.saver import create_tables, open_pool

SCHEMA = "workers_start_together"


async def test_workers_that_start_together_on_an_empty_database_all_start(
    database_url: str,
) -> None:
    with psycopg.connect(database_url, autocommit=True) as setup:
        setup.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        setup.execute(f"CREATE SCHEMA {SCHEMA}")
    empty = make_conninfo(database_url, options=f"-c search_path={SCHEMA}")
    pools = [open_pool(empty, max_size=3) for _ in range(3)]
    for pool in pools:
        await pool.open()

    async with asyncio.timeout(20):
        await asyncio.gather(*(create_tables(pool) for pool in pools))

    for pool in pools:
        await pool.close()
