"""The actions of `manage.py upstream`: each a module with HELP, `arguments` and `act`."""

from . import add, change, listed, rekey, remove, sync, test

ACTIONS = {
    "add": add,
    "list": listed,
    "test": test,
    "sync": sync,
    "change": change,
    "remove": remove,
    "rekey": rekey,
}
