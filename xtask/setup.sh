# Installs what a bare Debian with a Rust toolchain lacks: a C compiler and CMake >= 3.26 (for the static
# HDF5), and, when called with `python`, the Python packages that the archive tests read files with.
# Sourced by the other scripts: it extends PATH and sets NEUROTRAIN_PYTHON.

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools=$root/target/tools

say() { printf '\n== %s\n' "$*" >&2; }

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        printf 'This needs root: %s\nInstall it by hand, then run this again.\n' "$*" >&2
        exit 1
    fi
}

install_debian() {
    if ! command -v apt-get >/dev/null; then
        printf 'Missing: %s. This is no Debian-like system; install the equivalents, then run this again.\n' "$*" >&2
        exit 1
    fi
    say "installing $*"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

need_tools() {
    local missing=()
    command -v cc >/dev/null && command -v c++ >/dev/null && command -v make >/dev/null || missing+=(build-essential)
    command -v python3 >/dev/null || missing+=(python3)
    python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3-venv)
    [ ${#missing[@]} = 0 ] || install_debian "${missing[@]}"
    if ! command -v cargo >/dev/null; then
        printf 'cargo is not on the PATH: install a Rust toolchain (1.95 or newer) from https://rustup.rs\n' >&2
        exit 1
    fi
}

venv() {
    [ -x "$tools/venv/bin/pip" ] || python3 -m venv "$tools/venv"
}

cmake_is_new_enough() {
    local version
    version=$(cmake --version 2>/dev/null | sed -n '1s/[^0-9]*\([0-9.]*\).*/\1/p') || return 1
    [ -n "$version" ] && [ "$(printf '3.26\n%s\n' "$version" | sort -V | head -n 1)" = 3.26 ]
}

need_cmake() {
    cmake_is_new_enough && return
    if [ ! -x "$tools/venv/bin/cmake" ]; then
        say 'installing CMake >= 3.26 into target/tools'
        venv
        "$tools/venv/bin/pip" install --quiet --disable-pip-version-check 'cmake>=3.26'
    fi
    export PATH="$tools/venv/bin:$PATH"
}

need_python_packages() {
    venv
    export NEUROTRAIN_PYTHON=$tools/venv/bin/python
    if ! "$NEUROTRAIN_PYTHON" -c 'import h5py, xarray, h5netcdf, nir, optuna' 2>/dev/null; then
        say 'installing h5py, xarray, h5netcdf, nir and optuna into target/tools'
        "$tools/venv/bin/pip" install --quiet --disable-pip-version-check h5py xarray h5netcdf nir numpy optuna
    fi
}

need_tools
need_cmake
[ "${1:-}" != python ] || need_python_packages
