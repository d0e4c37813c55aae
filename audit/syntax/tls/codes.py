"""The numbers of TLS besides suites: versions, groups, signature schemes, alerts (RFC 8446 appendix B).

Post-quantum groups are those of draft-ietf-tls-ecdhe-mlkem, as IANA has registered them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SSL3, TLS10, TLS11, TLS12, TLS13 = 0x0300, 0x0301, 0x0302, 0x0303, 0x0304
VERSIONS: Mapping[int, str] = MappingProxyType(
    {SSL3: "SSLv3", TLS10: "TLSv1.0", TLS11: "TLSv1.1", TLS12: "TLSv1.2", TLS13: "TLSv1.3"}
)
POST_QUANTUM = "X25519MLKEM768"
GROUPS: Mapping[int, str] = MappingProxyType(
    {
        0x0017: "secp256r1",
        0x0018: "secp384r1",
        0x0019: "secp521r1",
        0x001D: "x25519",
        0x001E: "x448",
        0x0100: "ffdhe2048",
        0x0101: "ffdhe3072",
        0x0102: "ffdhe4096",
        0x11EB: "SecP256r1MLKEM768",
        0x11EC: POST_QUANTUM,
        0x11ED: "SecP384r1MLKEM1024",
    }
)
SCHEMES: Mapping[int, str] = MappingProxyType(
    {
        0x0201: "rsa_pkcs1_sha1",
        0x0203: "ecdsa_sha1",
        0x0401: "rsa_pkcs1_sha256",
        0x0403: "ecdsa_secp256r1_sha256",
        0x0501: "rsa_pkcs1_sha384",
        0x0503: "ecdsa_secp384r1_sha384",
        0x0601: "rsa_pkcs1_sha512",
        0x0603: "ecdsa_secp521r1_sha512",
        0x0804: "rsa_pss_rsae_sha256",
        0x0805: "rsa_pss_rsae_sha384",
        0x0806: "rsa_pss_rsae_sha512",
        0x0807: "ed25519",
        0x0808: "ed448",
    }
)
ALERTS: Mapping[int, str] = MappingProxyType(
    {
        0: "close_notify",
        10: "unexpected_message",
        20: "bad_record_mac",
        22: "record_overflow",
        40: "handshake_failure",
        42: "bad_certificate",
        47: "illegal_parameter",
        49: "access_denied",
        50: "decode_error",
        51: "decrypt_error",
        70: "protocol_version",
        71: "insufficient_security",
        80: "internal_error",
        86: "inappropriate_fallback",
        90: "user_canceled",
        100: "no_renegotiation",
        109: "missing_extension",
        110: "unsupported_extension",
        112: "unrecognized_name",
        120: "no_application_protocol",
    }
)


def version_name(code: int) -> str:
    return VERSIONS.get(code) or f"0x{code:04X}"


def group_name(code: int) -> str:
    return GROUPS.get(code) or f"0x{code:04X}"


def scheme_name(code: int) -> str:
    return SCHEMES.get(code) or f"0x{code:04X}"


def alert_name(code: int) -> str:
    return ALERTS.get(code) or f"alert {code}"
