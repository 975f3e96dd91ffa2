#!/usr/bin/env python3
"""Runs what docs/tutorial.md shows and compares: files in fenced blocks named after them, commands ("$ ") and their output in console blocks.

usage: tutorial.py [--update]     THEMETALLY is the program; --update puts the output of today into the page
A console block marked `shared` runs where the real digests are; commands that need Rscript where that is."""
import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

root = Path(__file__).resolve().parent.parent
page = root / "docs/tutorial.md"
program = Path(os.environ.get("THEMETALLY", root / "themetally")).resolve()
shared = Path(os.environ.get("THEMETALLY_SHARED", root / "../shared")).resolve()
update = "--update" in sys.argv[1:]


def run(command, folder, environment):
    done = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
    status = "" if done.returncode == 0 else f"[status {done.returncode}]\n"
    return "".join(line.rstrip() + "\n" for line in (done.stdout + status).splitlines())


def console(body, folder, environment, skipped):
    """The block with the output there is now."""
    parts = re.split(r"^\$ ", body, flags=re.M)
    result = parts[0]
    for part in parts[1:]:
        command, _, shown = part.partition("\n")
        while command.endswith("\\"):
            more, _, shown = shown.partition("\n")
            command += "\n" + more
        if "Rscript" in command and not shutil.which("Rscript"):
            skipped.add("Rscript is not installed")
            output = shown
        else:
            output = run(command, folder, environment)
        result += f"$ {command}\n{output}"
    return result


def main():
    text = page.read_text()
    skipped = set()
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(root / "corpora/sample", Path(folder, "digests"))
        Path(folder, "bin").mkdir()
        Path(folder, "bin/themetally").symlink_to(program)
        environment = dict(os.environ, PATH=f"{folder}/bin:{os.environ['PATH']}", XDG_CACHE_HOME=folder, LC_ALL="C.UTF-8", TZ="UTC", SHARED=str(shared))

        def block(match):
            name, body = match[1].split(), match[2]
            if not name:
                return match[0]
            if name[0] != "console":
                if len(name) > 1:
                    Path(folder, name[1]).write_text(body)
                return match[0]
            if "shared" in name and not (shared / "reviews").is_dir():
                skipped.add("the real digests are not there")
                return match[0]
            return f"```{match[1]}\n{console(body, folder, environment, skipped)}```\n"

        found = re.sub(r"^```([^\n]*)\n(.*?)^```\n", block, text, flags=re.M | re.S)
    for why in sorted(skipped):
        print(f"skipped: part of the tutorial: {why}")
    if update:
        page.write_text(found)
    elif found != text:
        sys.stdout.writelines(difflib.unified_diff(text.splitlines(True), found.splitlines(True), "docs/tutorial.md", "what it gives now", n=1))
        print("FAIL docs/tutorial.md: after a change that is meant, scripts/tutorial.py --update")
        return 1
    print("ok   docs/tutorial.md shows what its commands give")
    return 0


sys.exit(main())
