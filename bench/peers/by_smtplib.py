"""smtplib on one connection: one message, as text, to one recipient after the other.

by_smtplib.py PORT MESSAGES MESSAGE_FILE: prints the seconds it took.
"""

from __future__ import annotations

import smtplib
import sys
import time
from pathlib import Path

port, messages, text = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]).read_text()
with smtplib.SMTP("127.0.0.1", port) as relay:
    began = time.monotonic()
    for number in range(messages):
        relay.sendmail("n@bench.example.com", [f"reader-{number}@example.org"], text)
    print(time.monotonic() - began)
