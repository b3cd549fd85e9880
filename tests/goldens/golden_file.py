"""Writes a golden: JSON whose floats have 9 significant digits, enough to give a float32 back exactly."""

import json
import os


def _rounded(value):
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, dict):
        return {key: _rounded(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(v) for v in value]
    return value


def _is_nested(value):
    return isinstance(value, list) and any(isinstance(v, (dict, list)) for v in value)


def _text(value, indent):
    """Arrays of numbers or words stand on one line, all else has a line for each entry."""
    inner = indent + " "
    if isinstance(value, dict) and value:
        rows = [f"{inner}{json.dumps(key)}: {_text(v, inner)}" for key, v in value.items()]
        return "{\n" + ",\n".join(rows) + "\n" + indent + "}"
    if _is_nested(value):
        return "[\n" + ",\n".join(inner + _text(v, inner) for v in value) + "\n" + indent + "]"
    return json.dumps(value, ensure_ascii=False)


def write_golden(folder, name, golden):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(_text(_rounded(golden), "") + "\n")
