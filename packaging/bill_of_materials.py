#!/usr/bin/env python3
"""What is in the program that is shipped, and under which licences.

Three kinds of parts: librdkafka, linked statically; packages of which headers were compiled in, as
ninja knows of each object; packages whose libraries are loaded, those of ldd. Written are a bill of
materials (CycloneDX 1.5) and Debian's copyright file. Both depend on their parts alone.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Of the compiler itself; its runtime is among the libraries that are loaded.
TOOLS = re.compile(r"(libc6-dev|linux-libc-dev|libstdc\+\+-\d+-dev|libgcc-\d+-dev)$")
HOMEPAGE = "https://github.com/confluentinc/librdkafka"


@dataclass(frozen=True, order=True)
class Part:
    name: str
    version: str
    how: str  # it is in the program
    licences: tuple[str, ...]

    @property
    def reference(self) -> str:
        return f"pkg:deb/debian/{self.name}@{self.version}".replace("+", "%2B")


def output_of(*words: str | Path) -> str:
    return subprocess.run(words, check=True, text=True, capture_output=True).stdout


def package_of(path: str) -> str:
    """The package that has the file, wherever a merged /usr shows it; "" if it is none's."""
    real = str(Path(path).resolve())
    for name in (real, real.removeprefix("/usr"), path):
        done = subprocess.run(["dpkg", "-S", name], text=True, capture_output=True, check=False)
        if done.returncode == 0:
            return done.stdout.split(":")[0]
    return ""


def licences_of(package: str) -> tuple[str, ...]:
    """The short names in its copyright file, or where to read them."""
    path = Path(f"/usr/share/doc/{package}/copyright")
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    names = set(re.findall(r"^License:[ \t]*(\S.*)$", text, re.M))
    return tuple(sorted(names)) or (f"see /usr/share/doc/{package}/copyright of Debian",)


def part_of(package: str, how: str) -> Part:
    version = output_of("dpkg-query", "-W", "-f=${Version}", package)
    return Part(package, version, how, licences_of(package))


def loaded(binary: Path) -> list[Part]:
    libraries = re.findall(r"(?:=> )?(/\S+) \(0x", output_of("ldd", binary))
    packages = {package_of(library) for library in libraries} - {""}
    return [part_of(package, "loaded") for package in sorted(packages)]


def compiled_in(build: Path) -> list[Part]:
    listed = output_of("ninja", "-C", build, "-t", "deps")
    headers = set(re.findall(r"^\s+(/usr/\S+)$", listed, re.M))
    # Packages share the folders at the top; one below is one package's: one header of it is asked.
    top = re.compile(r"/usr/include(/[^/]+-linux-gnu)?/[^/]+")
    one_of_each = {
        header if top.fullmatch(header) else str(Path(header).parent): header
        for header in sorted(headers)
    }
    packages = {package_of(header) for header in one_of_each.values()} - {""}
    named = sorted(package for package in packages if not TOOLS.match(package))
    return [part_of(package, "headers compiled in") for package in named]


def component(part: Part) -> dict[str, object]:
    return {
        "type": "library",
        "bom-ref": f"{part.reference}#{part.how.replace(' ', '-')}",
        "name": part.name,
        "version": part.version,
        "purl": part.reference,
        "licenses": [{"license": {"name": name}} for name in part.licences],
        "properties": [{"name": "onceload:linkage", "value": part.how}],
    }


def bill(version: str, parts: list[Part], epoch: int) -> dict[str, object]:
    components = [component(part) for part in parts]
    text = json.dumps(components)
    program = {
        "type": "application",
        "bom-ref": f"onceload@{version}",
        "name": "onceload",
        "version": version,
        "licenses": [{"license": {"id": "Apache-2.0"}}],
    }
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, version + text)}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": program,
        },
        "components": components,
        "dependencies": [
            {"ref": program["bom-ref"], "dependsOn": [one["bom-ref"] for one in components]}
        ],
    }


def without_apache(text: str) -> str:
    """Debian has the text of this licence for all packages."""
    terms = re.compile(r"[ .]*TERMS AND CONDITIONS FOR USE.*?END OF TERMS AND CONDITIONS", re.S)
    return terms.sub(" (see /usr/share/common-licenses/Apache-2.0)", text)


def copyright_text(parts: list[Part], rdkafka_licences: Path) -> str:
    """Of what is in the file that is shipped; libraries that are loaded come with their own."""
    texts = [(ROOT / "packaging/debian/copyright").read_text(encoding="utf-8")]
    texts.append(
        f"librdkafka ({HOMEPAGE}) is linked statically. Its licence, and those of its parts:\n\n"
        + without_apache(rdkafka_licences.read_text(encoding="utf-8"))
    )
    for part in parts:
        own = Path(f"/usr/share/doc/{part.name}/copyright")
        if part.how == "headers compiled in" and own.exists():
            text = without_apache(own.read_text(encoding="utf-8", errors="replace"))
            texts.append(f"Headers of {part.name} are compiled in. Its copyright file:\n\n{text}")
    return f"\n{'-' * 78}\n\n".join(texts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, required=True, help="where ninja has built")
    parser.add_argument("--librdkafka", type=Path, required=True, help="its prefix")
    parser.add_argument("--version", required=True)
    parser.add_argument("--epoch", type=int, required=True, help="SOURCE_DATE_EPOCH")
    arguments = parser.parse_args()
    stamp = (arguments.librdkafka / ".stamp").read_text(encoding="utf-8").split()
    rdkafka = Part("librdkafka", stamp[-1], "linked statically", ("BSD-2-Clause", "MIT", "Zlib"))
    parts = [rdkafka, *loaded(arguments.build / "onceload"), *compiled_in(arguments.build)]
    folder = arguments.build / "bill"
    folder.mkdir(exist_ok=True)
    text = json.dumps(bill(arguments.version, parts, arguments.epoch), indent=1) + "\n"
    (folder / "onceload.cdx.json").write_text(text, encoding="utf-8")
    licences = arguments.librdkafka / "share/licenses/librdkafka/LICENSES.txt"
    (folder / "copyright").write_text(copyright_text(parts, licences), encoding="utf-8")


if __name__ == "__main__":
    main()
