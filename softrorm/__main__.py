"""``python -m softrorm``: the softrorm command."""

from softrorm.cli import main

if __name__ == "__main__":
    main(prog_name="softrorm")
