"""Which source decides a setting, and what is said about one that cannot be."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest
from hypothesis import given, strategies as st

from harness.cli.flags import Choice, Drawing, Search
from harness.cli.settings import NAMES, Settings
from harness.cli.sources import settings_from
from harness.errors import ProfileUnknown, ProjectFileInvalid, SettingInvalid, SettingUnknown

ALL = """
[tool.harness]
seed = 4
profile = "mine"
[tool.harness.profiles.mine]
seed = 3
"""


def write(folder: Path, text: str) -> None:
    """Give a folder a pyproject.toml."""
    (folder / "pyproject.toml").write_text(text)


def test_nearer_sources_decide(tmp_path: Path) -> None:
    """Command line, environment, profile of the project, project, default: one by one."""
    environ = {"HARNESS_SEED": "2"}
    write(tmp_path, ALL)
    assert settings_from({"seed": "1"}, environ=environ, folder=tmp_path).seed == 1
    assert settings_from({}, environ=environ, folder=tmp_path).seed == 2
    assert settings_from({}, environ={}, folder=tmp_path).seed == 3
    assert settings_from({"profile": "dev"}, environ={}, folder=tmp_path).seed == 4
    write(tmp_path, "")
    assert settings_from({}, environ={}, folder=tmp_path).seed == Settings().seed == 0


@given(st.lists(st.booleans(), min_size=4, max_size=4))
def test_the_nearest_source_that_speaks_decides(
    tmp_path_factory: pytest.TempPathFactory, speaks: list[bool]
) -> None:
    """Whichever of the four sources name a setting."""
    folder = tmp_path_factory.mktemp("project")
    near, environment, profile, project = speaks
    seed = "seed = {}\n"
    write(
        folder,
        f"[tool.harness]\n{seed.format(4) if project else ''}"
        f"[tool.harness.profiles.mine]\n{seed.format(3) if profile else ''}",
    )
    given_ = {"profile": "mine"} | ({"seed": "1"} if near else {})
    environ = {"HARNESS_SEED": "2"} if environment else {}

    expected = next((n for n, spoke in enumerate(speaks, 1) if spoke), 0)
    assert settings_from(given_, environ=environ, folder=folder).seed == expected


def test_a_built_in_profile_only_brings_defaults(tmp_path: Path) -> None:
    """What the project says itself stands, whatever the profile is called."""
    assert settings_from({"profile": "ci"}, environ={}, folder=tmp_path).time_budget_s == 60
    write(tmp_path, '[tool.harness]\ntime-budget = "5s"')
    assert settings_from({"profile": "ci"}, environ={}, folder=tmp_path).time_budget_s == 5


def test_every_flag_is_a_setting_and_every_setting_can_be_given() -> None:
    """The flags and the settings are two lists; this keeps them one.

    The one that is no flag is the arguments themselves.
    """
    flags = {
        field.name.replace("_", "-")
        for fields in (attrs.fields(Search), attrs.fields(Drawing))
        for field in fields
    }

    assert set(NAMES) - {"paths"} == flags
    assert {field.name for field in attrs.fields(Choice)} <= {f.name for f in attrs.fields(Search)}


def test_paths_in_a_project_start_from_its_folder(tmp_path: Path) -> None:
    """From a folder below, `paths` means what it meant where it was written."""
    write(tmp_path, '[tool.harness]\npaths = ["suite"]\nparam = { markets = 3 }')
    (tmp_path / "below").mkdir()
    settings = settings_from({"artifacts": "out"}, environ={}, folder=tmp_path / "below")

    assert settings.paths == (tmp_path / "suite",)
    assert settings.artifacts == tmp_path / "below" / "out"
    assert settings.param == {"markets": 3}


def test_an_empty_variable_is_not_set(tmp_path: Path) -> None:
    """As CI systems leave them."""
    assert settings_from({}, environ={"HARNESS_SEED": ""}, folder=tmp_path).seed == 0


@pytest.mark.parametrize(
    ("given_", "environ", "project", "spelled"),
    [
        ({"time-budget": "3x"}, {}, "", "--time-budget = '3x': wanted a duration"),
        ({}, {"HARNESS_TIME_BUDGET": "3x"}, "", "HARNESS_TIME_BUDGET = '3x': wanted a duration"),
        ({}, {}, "time-budget = false", "tool.harness.time-budget = False: wanted a duration"),
        ({}, {}, "profiles.ci.seed = 'x'\nprofile = 'ci'", "tool.harness.profiles.ci.seed = 'x'"),
        ({}, {"HARNESS_SEED": "\x1b[31m"}, "", r"HARNESS_SEED = '\x1b[31m'"),
        ({"profile": " "}, {}, "", "--profile = ' ': wanted some text"),
    ],
)
def test_a_bad_value_is_named_as_it_was_written(
    tmp_path: Path, given_: dict[str, object], environ: dict[str, str], project: str, spelled: str
) -> None:
    """One line, safe to print, that says where to mend it."""
    write(tmp_path, f"[tool.harness]\n{project}")
    with pytest.raises(SettingInvalid) as caught:
        settings_from(given_, environ=environ, folder=tmp_path)

    assert spelled in str(caught.value)
    assert str(caught.value).isprintable()


def test_an_unknown_setting_is_refused_with_the_nearest(tmp_path: Path) -> None:
    """A typo must not mean nothing, in the project's file or a variable's name."""
    write(tmp_path, "[tool.harness]\nshedules = 4")
    with pytest.raises(SettingUnknown, match=r"did you mean .*tool\.harness\.schedules\?"):
        settings_from({}, environ={}, folder=tmp_path)
    write(tmp_path, "[tool.harness.profiles.ci]\nfrobnicate = 4")
    with pytest.raises(SettingUnknown, match=r"there are: .*seed"):
        settings_from({"profile": "ci"}, environ={}, folder=tmp_path)
    write(tmp_path, "")
    with pytest.raises(SettingUnknown, match=r"did you mean HARNESS_SCHEDULES\?"):
        settings_from({}, environ={"HARNESS_SHEDULES": "4"}, folder=tmp_path)


def test_variables_of_other_owners_are_left_alone(tmp_path: Path) -> None:
    """A CI product of that name sets some of its own."""
    environ = {"HARNESS_BUILD_ID": "7", "HARNESS_ACCOUNT_ID": "x"}

    assert settings_from({}, environ=environ, folder=tmp_path) == Settings()


def test_an_unknown_profile_is_refused_with_those_there_are(tmp_path: Path) -> None:
    """Built in and the project's own."""
    write(tmp_path, "[tool.harness.profiles.mine]")
    with pytest.raises(ProfileUnknown, match=r"no profile x; there are: ci, dev, mine, nightly"):
        settings_from({}, environ={"HARNESS_PROFILE": "x"}, folder=tmp_path)


@pytest.mark.parametrize(
    "text",
    ["[tool.harness", "tool = 3", "[tool]\nharness = 3", "[tool.harness]\nprofiles.ci = 1", "\x00"],
)
def test_a_broken_project_file_is_one_clear_line(tmp_path: Path, text: str) -> None:
    """It names the file."""
    write(tmp_path, text)
    with pytest.raises(ProjectFileInvalid, match=r"cannot read settings from .*pyproject\.toml"):
        settings_from({}, environ={}, folder=tmp_path)


def test_a_search_that_aims_at_a_proof_gets_more_time() -> None:
    """Unless somebody said how long; and one that counts schedules ends by itself."""
    assert Settings().budget_s == 10
    assert Settings(strategy="dfs").budget_s == 600
    assert Settings(strategy="dfs", time_budget_s=5).budget_s == 5
    assert Settings(schedules=100).budget_s is None
    assert Settings(schedules=100, time_budget_s=5).budget_s == 5
