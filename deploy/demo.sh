#!/bin/bash
# The demo: the web server and, beside it, the worker that sends the mail. They start and they stop together, on
# Ctrl-C as well, and when one of them ends by itself the other does not stay behind.
# A group of processes for each: Ctrl-C reaches this script alone, which asks both to finish. gunicorn's own processes
# would be interrupted at once, and one that is while it takes up a request waits for itself until it is killed.
set -m
nice -n 10 .venv/bin/python manage.py worker --pause 1 &
worker=$!
.venv/bin/gunicorn newsroom.wsgi --config deploy/gunicorn.conf.py &
server=$!
exec 2>/dev/null # the shell would tell of each that ended
stop() { kill -TERM "$server" "$worker" 2>/dev/null; }
trap stop INT TERM HUP
wait -n "$server" "$worker"
status=$?
stop
while kill -0 "$server" 2>/dev/null || kill -0 "$worker" 2>/dev/null; do wait; done
exit "$status"
