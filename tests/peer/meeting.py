"""What the meetings share: the two programs, a scratch folder, and a count of what was compared."""
import argparse
import atexit
import pathlib
import shutil
import subprocess
import tempfile


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", required=True, help="peer_files")
    parser.add_argument("--program", required=True, help="coset")
    return parser.parse_args()


def scratch():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="coset-peer-"))
    atexit.register(shutil.rmtree, folder)
    return folder


def call(*command, **options):
    """Standard output of a command that must end with 0."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}\nended with {done.returncode}: {done.stderr}")
    return done.stdout
