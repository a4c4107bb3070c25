# Installs what a bare Debian with a Rust toolchain lacks: a C compiler and CMake >= 3.26 (for the static
# HDF5), and, when called with `python`, the Python packages that the archive tests read files with; with `cluster`,
# Slurm and HyperQueue for the tests of job arrays.
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

# Slurm (Debian's packages, unpacked, not installed) and HyperQueue (from PyPI), for the tests of job arrays. Those tests
# say that they skip where these cannot be had.
need_cluster_tools() {
    local packages=(slurmctld slurmd slurm-client slurm-wlm-basic-plugins munge libmunge2 libhwloc15 liblua5.1-0)
    if [ ! -x "$tools/slurm/usr/sbin/slurmctld-wlm" ] && command -v apt-get dpkg >/dev/null; then
        say 'unpacking Slurm into target/tools'
        local aside=$tools/slurm.part
        rm -rf "$aside" && mkdir -p "$aside/debs"
        if (cd "$aside/debs" && { apt-get download -qq "${packages[@]}" 2>/dev/null ||
            { as_root apt-get update -qq && apt-get download -qq "${packages[@]}"; }; }); then
            for file in "$aside"/debs/*.deb; do dpkg -x "$file" "$aside"; done
            rm -rf "$aside/debs" "$tools/slurm" && mv "$aside" "$tools/slurm"
        else
            printf 'Slurm cannot be had here: its tests will skip.\n' >&2
        fi
    fi
    if ! "$tools/hyperqueue/bin/python" -c 'import hyperqueue' 2>/dev/null; then
        say 'installing HyperQueue into target/tools'
        python3 -m venv "$tools/hyperqueue"
        "$tools/hyperqueue/bin/pip" install --quiet --disable-pip-version-check hyperqueue ||
            printf 'HyperQueue cannot be had here: its tests will skip.\n' >&2
    fi
}

need_tools
need_cmake
for wanted in "$@"; do
    case $wanted in
        python) need_python_packages ;;
        cluster) need_cluster_tools ;;
    esac
done
