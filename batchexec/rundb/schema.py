"""The tables of the run database, and how a file of an older version comes to them."""

from __future__ import annotations

APPLICATION_ID = 0x42584543
"""Marks a file as ours: the letters BXEC."""

MIGRATIONS = (
    """
    create table record (task text primary key, data text not null) without rowid;
    create table run (
        id integer primary key, key text not null unique, status text not null,
        started_utc real not null, finished_utc real, pid int not null,
        argv text not null, version text not null, settings text not null, stopped text not null default '');
    create table run_task (
        run int not null references run, position int not null, task text not null, id text not null,
        title text not null, category text not null, priority int not null,
        file text not null, line int not null,
        section text not null, status text not null, attempt int references attempt,
        primary key (run, position)) without rowid;
    create unique index run_task_name on run_task (run, task);
    create table attempt (
        id integer primary key, run int not null references run, task text not null, number int not null,
        status text not null, began_utc real not null, finished_utc real,
        reasons text not null, components text not null, changes text,
        verdict text, summary text not null default '', file text, line int, hint text not null default '',
        notes text not null default '[]',
        input_tokens int, output_tokens int, cached_tokens int, cost_usd real);
    create index attempt_task on attempt (task);
    create index attempt_open on attempt (status) where status in ('running', 'prepared');
    create table written (
        path text primary key, content text not null, whole text, writer text) without rowid;
    create table edit (
        path text not null, before text not null, after text not null, task text not null,
        primary key (path, before, after)) without rowid;
    create table digest (
        path text primary key, size int not null,
        mtime_ns int not null, ctime_ns int not null, inode int not null,
        digest text not null, taken_ns int not null) without rowid;
    """,
    """
    alter table attempt add column executor text not null default '';
    create table evidence (
        attempt integer primary key references attempt, verified int not null, hooks text not null);
    create table verification (
        run int not null references run, position int not null, moment text not null, category text not null,
        checked_utc real not null, findings text not null, report text not null,
        primary key (run, position)) without rowid;
    """,
    """
    alter table attempt add column reserved_usd real;
    alter table attempt add column trouble text;
    alter table attempt add column commit_sha text not null default '';
    alter table attempt add column log text not null default '';
    create index attempt_began on attempt (began_utc);
    """,
)
"""Each entry brings the schema from the version before it to its own, counted from 1."""
