"""FileIOs of storages that are wrong in one thing."""

import io
from pathlib import Path

from pyiceberg.io.pyarrow import PyArrowFile, PyArrowFileIO

_KEPT = 64 * 1024


class _Changed(PyArrowFileIO):
    file: type[PyArrowFile] = PyArrowFile

    def new_input(self, location):
        return self._made(super().new_input(location))

    def new_output(self, location):
        return self._made(super().new_output(location))

    def _made(self, one):
        return self.file(one.location, one._path, one._filesystem, one._buffer_size)


class _CutFile(PyArrowFile):
    def create(self, overwrite=False):
        inner = super().create(overwrite)

        class Stream(io.BytesIO):
            def close(self):
                if not self.closed:
                    inner.write(self.getvalue()[:_KEPT])
                    inner.close()
                super().close()

        return Stream()


class Cutting(_Changed):
    file = _CutFile


class _CoveringFile(PyArrowFile):
    def create(self, overwrite=False):
        return Path(self._path).open("r+b") if overwrite else super().create()


class Covering(_Changed):
    file = _CoveringFile


class Keeping(_Changed):
    def delete(self, location):
        pass


class _InventedFile(PyArrowFile):
    def open(self, seekable=True):
        return super().open(seekable) if self.exists() else io.BytesIO()


class Inventing(_Changed):
    file = _InventedFile
