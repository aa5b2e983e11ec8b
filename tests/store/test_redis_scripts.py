"""The scripts that are made of one file: each holds what its deed needs, and nothing of the others."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from mcp_voice.store.redis_scripts import SCRIPTS, composed

SOURCE = """-- What is read, and written, here.

local base = KEYS[1]

local lease, keep = ARGV[1], ARGV[2]

local function key(id) return base .. id end

-- Writes are not read.
local function written(id)
  return keep
end

local deeds = {}

function deeds.look(id)
  return {found = redis.call('GET', key(id)), kept = 'lease'}
end

function deeds.note(id) return written(key(id)) end
"""
LOOK = """local base = KEYS[1]
local function key(id) return base .. id end
local deeds = {}
function deeds.look(id)
  return {found = redis.call('GET', key(id)), kept = 'lease'}
end
return deeds.look(unpack(ARGV, 3))
"""


def test_a_script_is_its_deed_and_what_that_needs_in_the_order_of_the_file() -> None:
    """What is needed by what it needs as well; a name in a text is no use of it."""
    scripts = dict(composed(SOURCE))
    assert scripts["look"] == LOOK
    assert "local lease, keep = ARGV[1], ARGV[2]\nlocal function key" in scripts["note"]
    assert "deeds.look" not in scripts["note"]


def test_every_deed_of_the_file_has_a_script_of_its_own() -> None:
    """Each with one deed inside, and another name by which a Redis knows it."""
    source = files("mcp_voice.store").joinpath("lua", "store.lua").read_text()
    assert set(SCRIPTS) == set(re.findall(r"^function deeds\.(\w+)", source, re.MULTILINE))
    assert len({script.sha for script in SCRIPTS.values()}) == len(SCRIPTS) > 15
    for deed, script in SCRIPTS.items():
        assert set(re.findall(r"^function deeds\.(\w+)", script.text.decode(), re.MULTILINE)) == {deed}


@pytest.mark.parametrize("deed", sorted(SCRIPTS))
def test_no_script_uses_what_it_has_not(deed: str) -> None:
    """A name of the file that a script lacks would be nothing to it, or an error of Redis at some of its calls."""
    source = files("mcp_voice.store").joinpath("lua", "store.lua").read_text()
    lines = re.findall(r"^local (?:function )?(\w+(?:, \w+)*)", source, re.MULTILINE)
    names = {name for each in lines for name in each.split(", ")}
    text = SCRIPTS[deed].text.decode()
    own = set(re.findall(r"local (?:function )?(\w+(?:, \w+)*)", text)) | {"base"}
    has = {name for each in own for name in each.split(", ")}
    called = {name for name in names if re.search(rf"(?<![\w.'\"]){name}\(", text)}
    assert called <= has
