from pathlib import Path

import comments.migrations

__path__ = [str(Path(__file__).parent), *comments.migrations.__path__]
LATEST = max(file.stem for file in Path(comments.migrations.__path__[0]).glob("0*.py"))
