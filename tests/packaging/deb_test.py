#!/usr/bin/env python3
"""Builds the Debian package, looks into it, and installs, runs, upgrades, removes and purges it in a throwaway system.

    python3 deb_test.py --cpack PROGRAM --build FOLDER

The throwaway system is this one under an overlay in memory, in a mount namespace of its own: dpkg and the maintainer scripts
do what they do anywhere, and nothing of it is left. That needs root, and neither a chroot nor a container around it; elsewhere
only the contents are checked. No systemd runs there, so that starting and stopping the *service* is not tried; the installed
program is started by hand, as the user that the package made, with the packaged configuration.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request

SKIPPED = 77
CONFIG = "/etc/jobsd/jobsd.yaml"
# What the package holds, beside folders.
FILES = {
    "./etc/jobsd/jobsd.yaml": "-rw-r--r--",
    "./usr/bin/jobsd": "-rwxr-xr-x",
    "./usr/lib/systemd/system/jobsd.service": "-rw-r--r--",
    "./usr/lib/sysusers.d/jobsd.conf": "-rw-r--r--",
    "./usr/share/doc/jobsd/copyright": "-rw-r--r--",
    "./usr/share/man/man1/jobsd.1": "-rw-r--r--",
}


def require(condition, what):
    if not condition:
        raise SystemExit(f"FAILED: {what}")


def run(*words, **more):
    """Runs a command to its end and returns what it printed."""
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=100, check=False, **more)
    require(done.returncode == 0, f"{' '.join(map(str, words))}: exit {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def make_package(arguments, folder):
    run(arguments.cpack, "-G", "DEB", "--config", arguments.build / "CPackConfig.cmake", "-B", folder, cwd=arguments.build)
    made = list(folder.glob("*.deb"))
    require(len(made) == 1, f"not one package, but {made}")
    return made[0]


def check_contents(package):
    found = {}
    for line in run("dpkg-deb", "--contents", package).splitlines():
        rights, owner, _, _, _, name = line.split(None, 5)
        require(owner == "root/root", f"{name} belongs to {owner}")
        require(rights[8] != "w", f"{name} may be written by anybody")
        if not rights.startswith("d"):
            found[name] = rights
    require(found == FILES, f"the package holds {found}")
    field = {name: run("dpkg-deb", "--field", package, name).strip() for name in ("Package", "Version", "Depends")}
    require(field["Package"] == "jobsd", f"it is called {field['Package']}")
    # Read from the program, so that a library that is missing is not found out at the first start.
    for needed in ("libc6", "libsqlite3-0", "libcurl4", "libssl3", "libsystemd0", "tzdata"):
        require(re.search(rf"\b{re.escape(needed)}\b", field["Depends"]), f"it does not depend on {needed}: {field['Depends']}")
    return field["Version"]


def check_control(package, folder):
    run("dpkg-deb", "--control", package, folder)
    require((folder / "conffiles").read_text() == CONFIG + "\n", "the configuration is not a conffile")
    for script in ("postinst", "prerm", "postrm"):
        require(os.access(folder / script, os.X_OK), f"{script} cannot be run")
        run("sh", "-n", folder / script)


def next_version(package, version, folder):
    """The same package, one version later."""
    run("dpkg-deb", "--raw-extract", package, folder)
    control = folder / "DEBIAN" / "control"
    control.write_text(control.read_text().replace(f"Version: {version}", f"Version: {version}+next"))
    made = folder.with_suffix(".deb")
    run("dpkg-deb", "--build", "--root-owner-group", folder, made)
    return made


# ---- Inside the throwaway system ----

def enter_throwaway(first, second):
    """Only this process and its children see what is mounted here."""
    run("mount", "--make-rprivate", "/")
    memory = pathlib.Path("/mnt")
    run("mount", "-t", "tmpfs", "tmpfs", memory)
    for name in ("upper", "work", "root"):
        (memory / name).mkdir()
    run("mount", "-t", "overlay", "overlay", "-o", f"lowerdir=/,upperdir={memory}/upper,workdir={memory}/work", memory / "root")
    root = memory / "root"
    for name in ("proc", "dev"):
        run("mount", "--rbind", f"/{name}", root / name)
    packages = [root / "first.deb", root / "second.deb"]
    for package, place in zip((first, second), packages):
        shutil.copy(package, place)
    os.chroot(root)
    os.chdir("/")
    return [f"/{place.name}" for place in packages]


AS_SERVICE = ["setpriv", "--reuid", "jobsd", "--regid", "jobsd", "--clear-groups"]


def as_service(*words):
    return run(*AS_SERVICE, *words)


def dpkg(*words):
    """Packages that are not configured here are this machine's business; ours depends on what is installed."""
    return run("dpkg", "--force-unsafe-io", *words, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


def check_service():
    """The installed program, as its own user, with the packaged configuration, from the first request to SIGTERM."""
    process = subprocess.Popen([*AS_SERVICE, "jobsd", "serve", "--config", CONFIG],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        line = process.stdout.readline()
        ready = re.fullmatch(r"jobsd listening on (http://\S+)\n", line)
        require(ready, f"the service did not start: {line!r}")
        with urllib.request.urlopen(ready.group(1) + "/readyz", timeout=30) as answer:
            require(answer.status == 200, f"/readyz: {answer.status}")
        key = as_service("jobsd", "key", "create", "--config", CONFIG, "--kind", "organization").strip()
        request = urllib.request.Request(ready.group(1) + "/api/v1/ai/jobs", headers={"Authorization": f"Bearer {key}"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            require(answer.status == 200, f"GET jobs: {answer.status}")
        process.terminate()
        require(process.wait(timeout=30) == 0, f"the service ended with {process.returncode}")
        return key
    finally:
        process.kill()
        process.wait()


def try_package(first, second):
    config = pathlib.Path(CONFIG)
    first, second = enter_throwaway(first, second)
    dpkg("--install", first)
    require(run("stat", "-c", "%U:%G %a", "/var/lib/jobsd").strip() == "jobsd:jobsd 700", "the service's folder is not its own")
    require("nologin" in run("getent", "passwd", "jobsd"), "the service's user can log in")
    require("/usr/bin/jobsd serve" in pathlib.Path("/usr/lib/systemd/system/jobsd.service").read_text(), "the unit starts another program")
    require(run("jobsd", "--version").startswith("jobsd "), "the program does not run")
    # A port of its own, since another jobsd may have the usual one.
    config.write_text(config.read_text().replace("listen: 127.0.0.1:8080", "listen: 127.0.0.1:0"))
    changed = config.read_text()
    as_service("jobsd", "check", "--config", CONFIG)
    check_service()
    keys = as_service("jobsd", "key", "list", "--config", CONFIG)
    require(keys.count("\n") == 2, f"the store does not have its one key: {keys}")

    dpkg("--force-confold", "--install", second)
    require("+next" in run("dpkg-query", "--show", "--showformat=${Version}", "jobsd"), "the upgrade is not there")
    require(config.read_text() == changed, "the upgrade wrote over the configuration")
    require(as_service("jobsd", "key", "list", "--config", CONFIG) == keys, "the upgrade lost the store")
    check_service()

    dpkg("--remove", "jobsd")
    require(not shutil.which("jobsd"), "the program is left")
    require(config.exists() and pathlib.Path("/var/lib/jobsd/jobs.db").exists(), "removing took what purging takes")
    dpkg("--purge", "jobsd")
    left = [str(path) for path in (config.parent, pathlib.Path("/var/lib/jobsd"),
                                   pathlib.Path("/usr/lib/systemd/system/jobsd.service")) if path.exists()]
    require(not left, f"purging left {left}")
    print("installed, served, upgraded, served, removed, purged")


def main():
    if len(sys.argv) > 1 and sys.argv[1] == "--inside":
        try_package(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))
        return 0
    parser = argparse.ArgumentParser(description="Tries the Debian package.")
    parser.add_argument("--cpack", required=True)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    if not shutil.which("dpkg-shlibdeps") or not shutil.which("dpkg-deb"):
        print("dpkg-dev is not installed")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="jobsd-deb-") as name:
        folder = pathlib.Path(name)
        package = make_package(arguments, folder)
        version = check_contents(package)
        check_control(package, folder / "control")
        print(f"{package.name}: {package.stat().st_size // 1024} KiB, contents as they should be")
        if os.geteuid() != 0 or not shutil.which("unshare"):
            print("not root: the package is not installed anywhere")
            return 0
        if subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode != 0:
            print("no mounts of its own in this chroot or container: the package is not installed anywhere")
            return 0
        second = next_version(package, version, folder / "next")
        done = subprocess.run(["unshare", "--mount", sys.executable, __file__, "--inside", package, second], timeout=100,
                              check=False)
        return done.returncode


if __name__ == "__main__":
    sys.exit(main())
