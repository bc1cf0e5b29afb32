"""Migrate the demo's database, fill it with the sample, and print who can sign in."""

import django
from django.core.management import call_command


def main() -> None:
    """All in one process, because starting Django is what takes the time."""
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("demo_data", connect=True)
    from procore_sync.demo import sample

    print("--- people ---")
    print(f"Sign in with the password {sample.PASSWORD} as")
    for name, address, role, kinds in sample.PEOPLE:
        decides = f", decides on {', '.join(kind.label.lower() for kind in kinds)}" if kinds else ""
        print(f"  {f'{address}@{sample.MAIL}':32} {name}, {role.label.lower()}{decides}")


if __name__ == "__main__":
    main()
