"""The JSON Schema of parallel.json."""

from __future__ import annotations

from typing import Any

LEVELS = ("level_1", "level_2", "level_3")

_ID = r"^(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){1,2}$(?!\n)"
_SUB_ID = r"^(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){2,3}$(?!\n)"
_HOURS = r"^~?[0-9]+(\.[0-9]+)?( *(-|–|to) *[0-9]+(\.[0-9]+)?)? *(h|hrs?|hours?|m|mins?|minutes?)?$"

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "urn:batchexec:parallel:1",
    "type": "object",
    "required": ["plan_name", "parallelization_level", "achievements"],
    "properties": {
        "plan_name": {"type": "string", "pattern": r"\S"},
        "parallelization_level": {"enum": list(LEVELS)},
        "created_date": {"type": ["string", "null"], "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}"},
        "achievements": {"type": "array", "items": {"$ref": "#/$defs/achievement"}},
        "external_achievements": {"$ref": "#/$defs/ids"},
        "priority_groups": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["priority", "achievements"],
                "properties": {
                    "priority": {"$ref": "#/$defs/num"},
                    "achievements": {"$ref": "#/$defs/ids"},
                },
            },
        },
        "cross_priority_dependencies": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["from_achievement", "to_achievement"],
                "properties": {
                    "from_achievement": {"$ref": "#/$defs/id"},
                    "to_achievement": {"$ref": "#/$defs/id"},
                },
            },
        },
        "notes": {"$ref": "#/$defs/text"},
        "analysis_notes": {"$ref": "#/$defs/text"},
    },
    "$defs": {
        "id": {"type": "string", "pattern": _ID},
        "subid": {"type": "string", "pattern": _SUB_ID},
        "ids": {"type": "array", "items": {"$ref": "#/$defs/id"}},
        "num": {"type": "number", "minimum": 0},
        "word": {"type": ["string", "null"]},
        "text": {"type": ["string", "array", "null"], "items": {"type": "string"}},
        "hours": {
            "anyOf": [
                {"$ref": "#/$defs/num"},
                {"type": "null"},
                {"type": "string", "pattern": _HOURS},
            ]
        },
        "work": {
            "type": "object",
            "required": ["dependencies"],
            "properties": {
                "title": {"type": "string"},
                "status": {"type": ["string", "null"]},
                "estimated_hours": {"$ref": "#/$defs/hours"},
                "actual_hours": {"$ref": "#/$defs/hours"},
                "started_at": {"$ref": "#/$defs/word"},
                "completed_at": {"$ref": "#/$defs/word"},
                "executor": {"$ref": "#/$defs/word"},
            },
        },
        "achievement": {
            "$ref": "#/$defs/work",
            "required": ["achievement_id"],
            "properties": {
                "achievement_id": {"$ref": "#/$defs/id"},
                "dependencies": {"$ref": "#/$defs/ids"},
                "priority": {"$ref": "#/$defs/num"},
                "blocks": {"$ref": "#/$defs/ids"},
                "parallelizable_with": {"$ref": "#/$defs/ids"},
                "sub_executions": {"type": "array", "items": {"$ref": "#/$defs/sub"}},
            },
        },
        "sub": {
            "$ref": "#/$defs/work",
            "required": ["execution_id"],
            "properties": {
                "execution_id": {"$ref": "#/$defs/subid"},
                "dependencies": {"type": "array", "items": {"$ref": "#/$defs/subid"}},
            },
        },
    },
}
