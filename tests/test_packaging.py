"""What goes with the program to a desktop: its entry in the menus, its kind of file, its page in a software centre."""

import configparser
import shutil
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ElementTree
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from textgen_gui import __version__, report
from textgen_gui.engine.core.desktop_file import ENDING

ROOT = Path(__file__).parents[1]
LINUX = ROOT / "packaging" / "linux"
NAME = "org.textgen_gui.TextGenGUI"
MIME = "{http://www.freedesktop.org/standards/shared-mime-info}"


def test_the_desktop_entry_opens_projects() -> None:
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[assignment, method-assign]
    entry.read(LINUX / f"{NAME}.desktop", encoding="utf-8")
    about = entry["Desktop Entry"]
    kind = ElementTree.parse(LINUX / f"{NAME}.xml").getroot().find(f"{MIME}mime-type")
    assert kind is not None and about["MimeType"] == f"{kind.get('type')};" and about["Exec"].endswith("%F")
    pattern = kind.find(f"{MIME}glob")
    assert pattern is not None and pattern.get("pattern") == f"*{ENDING}"


def test_the_page_of_the_software_centre_is_of_this_version() -> None:
    page = ElementTree.parse(LINUX / f"{NAME}.metainfo.xml").getroot()
    assert page.findtext("id") == NAME and page.findtext("launchable") == f"{NAME}.desktop"
    release = page.find("releases/release")
    assert release is not None and release.get("version") == __version__
    assert f'"{__version__}"' in (ROOT / "packaging" / "windows" / "textgen-gui.iss").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has such files")
def test_install_puts_it_into_the_menus_and_takes_it_out_again(tmp_path: Path) -> None:
    bundle = tmp_path / "My Programs" / "textgen-gui"
    (bundle / "share").mkdir(parents=True)
    for file in LINUX.glob(f"{NAME}.*"):
        shutil.copy(file, bundle / "share")
    shutil.copy(ROOT / "resources" / "icons" / "app.svg", bundle / "share" / f"{NAME}.svg")
    shutil.copy(LINUX / "install.sh", bundle)
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "share")}
    subprocess.run([str(bundle / "install.sh")], env=environment, check=True)
    entry = (tmp_path / "share" / "applications" / f"{NAME}.desktop").read_text()
    assert f'Exec="{bundle}/textgen-gui" %F' in entry
    installed = {file.name for file in (tmp_path / "share").rglob(f"{NAME}*")}
    assert installed == {f"{NAME}.{ending}" for ending in ("desktop", "xml", "metainfo.xml", "svg")}
    subprocess.run([str(bundle / "install.sh"), "remove"], env=environment, check=True)
    assert not list((tmp_path / "share").rglob(f"{NAME}*"))


def test_about_names_all_that_is_shipped() -> None:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    names = [line.split(">")[0].split("=")[0].split("<")[0].strip() for line in wanted]
    assert list(report.packages) == names
    assert set(report.versions()) == set(names) and all(licence for _, licence in report.versions().values())


def test_a_report_names_no_home_and_no_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    (home / "settings.ini").write_text("[General]\ntheme=dark\nrecent=/secret/My Diary\n")
    (home / "log.txt").write_text(f"it broke in {tmp_path}/somewhere\n")
    made = report.write_report()
    assert made.file.read_text() == made.words and "theme=dark" in made.words and "torch" in made.words
    assert str(tmp_path) not in made.words and "Diary" not in made.words and "~/somewhere" in made.words


def test_a_long_set_up_is_not_silent(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    spec = spec_from_file_location("set_up", ROOT / "packaging" / "set_up.py")
    assert spec and spec.loader
    set_up = module_from_spec(spec)
    spec.loader.exec_module(set_up)
    monkeypatch.setattr(set_up, "SILENT_S", 0.05)
    set_up._run([sys.executable, "-c", "import time; time.sleep(0.5)"], "It failed.")
    assert "still working, 0.0 minutes so far" in capsys.readouterr().err
