"""The `brushfire` command: what it accepts. Each command's work is in a module of its own name.

Nothing heavy is imported before a command is chosen, so that `brushfire --help` answers at once.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from brushfire import __version__, operator_arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 failed, 2 asked for wrongly, more for a signal."""
    from contract.errors import BrushfireError, InvalidTask

    args = parser().parse_args(argv)
    try:
        status: int = import_module(f"brushfire.{args.module or args.command}").run(args)
        sys.stdout.flush()
        return status
    except InvalidTask as error:
        print(f"brushfire {args.command}: {error}", file=sys.stderr)
        return 2
    except BrushfireError as error:
        print(f"brushfire {args.command}: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever read, such as `head`, has enough; Python would complain once more when it closes the pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
        prog="brushfire",
        description="A text-to-image queue on Firebase: submit prompts, render them anywhere, watch it live.",
        epilog="A command that needs Firebase finds the running 'brushfire up' by itself; "
        "FIRESTORE_EMULATOR_HOST, or GOOGLE_APPLICATION_CREDENTIALS for a real project, choose another.",
    )
    top.add_argument("--version", action="version", version=f"brushfire {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    # A command's module, where its name is another: one named as Python's own would be taken for that.
    top.set_defaults(module=None)
    _up(
        commands.add_parser(
            "up", help="run everything on this machine: a local Firebase, a listener, the page"
        )
    )
    _listen(
        commands.add_parser("listen", help="run a listener: claim tasks, render them, upload the results")
    )
    _submit(commands.add_parser("submit", help="put a prompt in the queue"))
    _render(commands.add_parser("render", help="render a prompt here and now, without any queue"))
    _redrive(commands.add_parser("redrive", help="put failed tasks back in the queue"))
    _status(commands.add_parser("status", help="what the queue and the workers are doing, and what it costs"))
    _keys(commands.add_parser("keys", help="keys for programs that use the HTTP API"))
    operator_arguments.init(
        commands.add_parser("init", help="write the configuration for a Firebase project of yours")
    )
    operator_arguments.doctor(
        commands.add_parser("doctor", help="check this machine and the project, and say what to do")
    )
    operator_arguments.operator(
        commands.add_parser("operator", help="let an account look after the queue and the gallery")
    )
    _models(commands.add_parser("models", help="which weights are known and here, and getting others"))
    return top


def _up(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--port",
        type=int,
        metavar="P",
        help="Firestore at P, Auth at P+1, Storage at P+2, the page at P+3, Functions at P+4, "
        "the console at P+5 (default: as in firebase.json; 0: free ports)",
    )
    command.add_argument("--data", metavar="DIR", help="where the data is kept (default: .brushfire)")
    command.add_argument(
        "--listeners", type=int, default=1, metavar="N", help="how many listeners (default 1)"
    )
    command.add_argument(
        "--no-functions", dest="functions", action="store_false", help="leave the Cloud Functions out"
    )


def _listen(command: argparse.ArgumentParser) -> None:
    where = command.add_mutually_exclusive_group()
    where.add_argument("--device", help="auto, cpu, cuda, cuda:N or mps (default: auto)")
    where.add_argument(
        "--devices", metavar="LIST", help="a process for each: all (GPUs), or such as cuda:0,cuda:1"
    )
    command.add_argument("--worker", metavar="NAME", help="this listener's name in the console")
    command.add_argument(
        "--credentials",
        metavar="FILE",
        help="service account of a real project (JSON), instead of the environment",
    )
    command.add_argument(
        "--metrics-port", type=int, metavar="P", help="serve Prometheus at this port of 127.0.0.1"
    )
    command.add_argument(
        "--leave-when-idle",
        metavar="TIME",
        help="leave when there was nothing to draw for so long, such as 90s, 10m or 2h",
    )
    command.add_argument("--exit-with-parent", action="store_true", help="leave when standard input closes")


def _submit(command: argparse.ArgumentParser) -> None:
    _picture(command)
    command.add_argument("--public", action="store_true", help="show the picture in the gallery")
    command.add_argument("--uid", default="operator", help="whose task it is (default: operator)")
    command.add_argument("--id", help="the task's id; the same id twice is one task")
    command.add_argument(
        "--ahead",
        type=float,
        default=0.0,
        metavar="HOURS",
        help="let it stand so far ahead in line, up to 24",
    )
    command.add_argument("--wait", action="store_true", help="wait for the picture")
    command.add_argument(
        "--timeout", type=float, metavar="S", help="with --wait: give up waiting after S seconds"
    )
    command.add_argument("--json", action="store_true", help="print one JSON object")


def _render(command: argparse.ArgumentParser) -> None:
    _picture(command)
    command.add_argument("--init-image", metavar="FILE", help="a picture to begin from")
    command.add_argument("--mask", metavar="FILE", help="white where the first picture is painted anew")
    command.add_argument(
        "--image-prompt",
        action="append",
        default=[],
        metavar="FILE[:WEIGHT]",
        help="a picture to draw towards; may be repeated",
    )
    command.add_argument(
        "--palette-file",
        metavar="FILE",
        help="only the colours of a picture, or of a .act, .gpl or .hex file",
    )
    command.add_argument("--out", default="out", metavar="DIR", help="folder for the picture and the video")
    command.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps (default: auto)")
    command.add_argument("--json", action="store_true", help="print one JSON object")


def _picture(command: argparse.ArgumentParser) -> None:
    """What `submit` and `render` have in common: the prompt and its options."""
    command.add_argument("prompt", help="what to draw; 'a:1 | b:-0.5' weighs several")
    command.add_argument("--renderer", default="pixeldraw", help="default: pixeldraw")
    command.add_argument("--quality", help="draft, normal, better or best")
    command.add_argument("--aspect", help="square, portrait or widescreen")
    command.add_argument("--size", type=int, help="the longer side in pixels")
    command.add_argument("--seed", help="a number or any text")
    command.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="any other option of the renderer, such as palette=pastel; may be repeated",
    )


def _models(command: argparse.ArgumentParser) -> None:
    command.add_argument("--models", metavar="DIR", help="the models folder (default: BRUSHFIRE_MODELS)")
    command.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps (default: auto)")
    command.add_argument("--json", action="store_true", help="print one JSON array")
    actions = command.add_subparsers(dest="action", metavar="ACTION")
    get = actions.add_parser("pull", help="fetch models, check them, convert old checkpoints to safetensors")
    get.add_argument("keys", nargs="+", metavar="KEY", help="a model's key in models.toml")


def _keys(command: argparse.ArgumentParser) -> None:
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    create = actions.add_parser("create", help="make a key, and print it this once")
    create.add_argument("--uid", required=True, help="whose tasks are asked for with it")
    create.add_argument("--name", default="", help="what it is for")
    listed = actions.add_parser("list", help="which keys there are")
    listed.add_argument("--uid", help="only those of this user")
    revoke = actions.add_parser("revoke", help="take a key back")
    revoke.add_argument("id", metavar="ID", help="the key's id, as the list shows it")
    for action in (create, listed, revoke):
        action.add_argument("--json", action="store_true", help="print JSON")


def _redrive(command: argparse.ArgumentParser) -> None:
    command.add_argument("ids", nargs="*", metavar="ID", help="which tasks")
    command.add_argument("--all-failed", action="store_true", help="every task that failed")
    command.add_argument("--json", action="store_true", help="print one JSON object")


def _status(command: argparse.ArgumentParser) -> None:
    command.add_argument("--once", action="store_true", help="say it once, also in a terminal")
    command.add_argument(
        "--interval", type=float, default=5.0, metavar="S", help="in a terminal: seconds between looks"
    )
    command.add_argument("--json", action="store_true", help="print one JSON object")


if __name__ == "__main__":
    sys.exit(main())
