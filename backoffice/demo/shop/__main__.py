"""Start the demo shop from the command line: python -m backoffice.demo.shop --port 8611 --data shop.sqlite3 --seed"""

import argparse
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from backoffice.demo.shop.first_customers import serve_first_customers
from backoffice.demo.shop.seed import READ_WRITE, seeded
from backoffice.demo.shop.server import DemoShop
from backoffice.demo.shop.state import ShopState
from backoffice.demo.shop.storage import Storage


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="python -m backoffice.demo.shop", description=__doc__)
    found.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: this machine only)"
    )
    found.add_argument("--port", type=int, default=8611, help="port to listen on, 0 for any free one")
    found.add_argument(
        "--data",
        type=Path,
        help="SQLite file that keeps the shop between starts; without it, nothing is kept",
    )
    found.add_argument("--key", default=READ_WRITE.key, help="consumer key (ck_...) for reading and writing")
    found.add_argument("--secret", default=READ_WRITE.secret, help="consumer secret (cs_...) of that key")
    found.add_argument(
        "--seed", action="store_true", help="set up a new shop: currency, taxes, shipping, payment"
    )
    found.add_argument(
        "--customers", action="store_true", help="let the first customers buy as soon as there are goods"
    )
    found.add_argument(
        "--home", help="the address the shop believes to have, if it isn't the one it listens on"
    )
    return found


def main(argv: list[str] | None = None) -> int:
    options = parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s shop %(message)s")
    state = ShopState()
    known = options.data is not None and Storage(state, options.data).load()
    if not known and options.seed:
        seeded(state, key=options.key, secret=options.secret)
        # Catalogue prices with VAT, as shops for consumers have them: what Kontor sends is what customers see.
        state.set("woocommerce_prices_include_tax", "yes")
    # The key given now counts, also when the kept shop was set up with another one.
    state.add_key(options.key, options.secret)
    shop = DemoShop(
        state, host=options.host, port=options.port, home=options.home, data=options.data, keep_requests=1000
    )
    try:
        address = shop.start()
    except OSError as error:
        print(f"The demo shop cannot listen on port {options.port}: {error.strerror}.", file=sys.stderr)
        return 1
    sys.stdout.write(f"The demo shop is open at {address}\n")
    sys.stdout.flush()
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    if options.customers:
        threading.Thread(
            target=serve_first_customers, args=(shop, done), name="customers", daemon=True
        ).start()
    parent = os.getppid()
    while not done.wait(1.0):
        if os.getppid() != parent:
            break  # who started it is gone
    shop.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
