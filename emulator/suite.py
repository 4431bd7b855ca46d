"""Firestore, Auth, Storage, Hosting, Functions and the console in one process, over one directory of data."""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from emulator.auth import AuthServer
from emulator.config import Address, ProjectConfig, Service
from emulator.console.server import ConsoleServer, Shown
from emulator.firestore.index_definitions import IndexDefinitions
from emulator.firestore.rules_access import OtherService
from emulator.firestore.rules_access import RulesAccess as FirestoreRules
from emulator.firestore.server import FirestoreServer
from emulator.hosting import HostingServer
from emulator.meter import Meter
from emulator.serving import PortTaken
from emulator.storage.rules_access import RulesAccess as StorageRules
from emulator.storage.server import StorageServer

if TYPE_CHECKING:
    from emulator.functions.outbox import Outbox
    from emulator.functions.server import FunctionsServer

log = logging.getLogger(__name__)

T = TypeVar("T")


class Server(Protocol):
    """What the suite asks of each service."""

    @property
    def port(self) -> int: ...

    async def start(self, host: str, port: int) -> None: ...

    async def stop(self) -> None: ...


class Suite:
    """The local Firebase of one project. What it keeps is under `data_dir`, which is made where missing.

    Without a rules file in firebase.json a service lets everybody do everything, and says so in the log.
    """

    def __init__(self, config: ProjectConfig, data_dir: Path) -> None:
        """Raises RulesSyntaxError for a file of rules that can't be read, ConfigError for a bad pattern or an
        index that can't be read."""
        self._config = config
        data_dir.mkdir(parents=True, exist_ok=True)
        self.meter = Meter()
        self.addresses: dict[Service, Address] = {}
        functions, outbox = self._functions()
        firestore_rules = _rules(Service.FIRESTORE, config.firestore_rules, FirestoreRules.load)
        indexes = IndexDefinitions.load(config.firestore_indexes) if config.firestore_indexes else None
        firestore = FirestoreServer(
            data_dir, access=firestore_rules, meter=self.meter, change_log=outbox, indexes=indexes
        )
        documents = OtherService(
            config.project, lambda name: firestore.firestore.look_up(name, Service.STORAGE.value)
        )
        storage_rules = _rules(
            Service.STORAGE, config.storage_rules, lambda file: StorageRules.load(file, documents)
        )
        storage = StorageServer(data_dir, access=storage_rules)
        self._servers: dict[Service, Server] = {
            Service.FIRESTORE: firestore,
            Service.AUTH: AuthServer(data_dir, project=config.project),
            Service.STORAGE: storage,
            Service.HOSTING: HostingServer(
                config.hosting,
                web_config=self.web_config,
                call_function=functions.call if functions else None,
            ),
        }
        if functions:
            self._servers[Service.FUNCTIONS] = functions
        guards = {Service.FIRESTORE: firestore_rules, Service.STORAGE: storage_rules}
        shown = Shown(
            project=config.project,
            firestore=firestore,
            storage=storage,
            meter=self.meter,
            rules={service.value: access.rules for service, access in guards.items() if access},
            functions=functions.describe if functions else lambda: {"functions": [], "problem": None},
        )
        self._servers[Service.CONSOLE] = ConsoleServer(shown)

    async def start(self) -> None:
        """Starts every service, or none: `addresses` then tells where each one listens.

        Raises:
            PortTaken: another process has a service's port.
            OSError: a service can't listen for another reason.
        """
        try:
            for service, server in self._servers.items():
                await self._start(service, server)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stops what runs, the last started first."""
        for service in reversed(self.addresses):
            await self._servers[service].stop()
        self.addresses.clear()

    def web_config(self, host: str) -> Mapping[str, Any]:
        """What a page needs to reach this project, as Hosting's `/__/firebase/init.json` gives it.

        `host` is the name under which the browser reached Hosting; the others are under the same.
        """
        project = self._config.project
        return {
            "apiKey": "demo",
            "appId": "1:000000000000:web:demo",
            "authDomain": f"{project}.firebaseapp.com",
            "messagingSenderId": "000000000000",
            "projectId": project,
            "storageBucket": f"{project}.appspot.com",
            "emulators": {
                service.value: {"host": host, "port": address.port}
                for service, address in self.addresses.items()
                if service not in (Service.HOSTING, Service.CONSOLE)
            },
        }

    def _functions(self) -> tuple[FunctionsServer, Outbox] | tuple[None, None]:
        """The functions and what leads Firestore's changes to them; imported only where there are any."""
        if self._config.functions is None:
            return None, None
        from emulator.functions.outbox import Outbox
        from emulator.functions.server import FunctionsServer

        outbox = Outbox(self._config.project)
        server = FunctionsServer(self._config.project, self._config.functions, self.addresses, outbox)
        return server, outbox

    async def _start(self, service: Service, server: Server) -> None:
        wanted = self._config.addresses[service]
        try:
            await server.start(wanted.host, wanted.port)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortTaken(service, wanted) from error
            raise
        self.addresses[service] = Address(wanted.host, server.port)


def _rules(service: Service, file: Path | None, load: Callable[[Path], T]) -> T | None:
    if file is None:
        log.warning("firebase.json names no %s.rules: everybody may do everything there", service)
        return None
    return load(file)
