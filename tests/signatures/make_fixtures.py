#!/usr/bin/env python3
"""Makes fixtures.json: signatures of every kind by keys and authorities of our own, which are thrown away afterwards.

Needs python3-cryptography and openssl. Run it in this folder; what it writes differs each time and is committed.
"""
import base64, datetime, hashlib, json, os, struct, subprocess, tempfile
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

b64 = lambda data: base64.b64encode(data).decode()
url = lambda data: base64.urlsafe_b64encode(data).decode().rstrip("=")
sha = lambda data: hashlib.sha256(data).digest()
compact = lambda value: json.dumps(value, separators=(",", ":")).encode()
P256 = lambda: ec.generate_private_key(ec.SECP256R1())
DER, SPKI = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
spki = lambda key: key.public_key().public_bytes(DER, SPKI)
pem_key = lambda key: key.public_key().public_bytes(serialization.Encoding.PEM, SPKI).decode()
pem = lambda cert: cert.public_bytes(serialization.Encoding.PEM).decode()
der = lambda cert: cert.public_bytes(DER)
START = datetime.datetime(2024, 5, 1, 12, 0, tzinfo=datetime.timezone.utc)
SIGNED = START + datetime.timedelta(minutes=1)
ISSUER, SIGNER = "https://issuer.example", "https://ci.example/team/app/release.yml@refs/tags/v1"
ARC = "1.3.6.1.4.1.57264.1."


def sign(key, data):
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    return key.sign(data, ec.ECDSA({256: hashes.SHA256(), 384: hashes.SHA384(), 521: hashes.SHA512()}[key.key_size]))


def name(cn):
    if not cn:
        return x509.Name([])
    parts = [(NameOID.COUNTRY_NAME, "NL"), (NameOID.STATE_OR_PROVINCE_NAME, "NH"), (NameOID.ORGANIZATION_NAME, "regscope, tests"), (NameOID.COMMON_NAME, cn)]
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts])


def certificate(cn, key, issuer, issuer_key, purpose=None, extra=(), days=3650, start=START, skip=()):
    builder = x509.CertificateBuilder().subject_name(name(cn)).issuer_name(issuer.subject if issuer else name(cn))
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(start).not_valid_after(start + datetime.timedelta(days=days))
    if purpose is None:
        builder = builder.add_extension(x509.BasicConstraints(True, None), True)
        usage = dict(key_cert_sign=True, digital_signature=False)
    else:
        usage = dict(key_cert_sign=False, digital_signature=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), True)
    usage = x509.KeyUsage(content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False, crl_sign=False, encipher_only=False, decipher_only=False, **usage)
    builder = builder.add_extension(usage, True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    if issuer:
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False)
    for extension, critical in extra:
        builder = builder.add_extension(extension, critical)
    return builder, (lambda b: b.sign(issuer_key, hashes.SHA256()))


def make(*args, **kwargs):
    builder, finish = certificate(*args, **kwargs)
    return finish(builder)


def utf8(text):
    data = text.encode()
    head = bytes([len(data)]) if len(data) < 128 else b"\x81" + bytes([len(data)])
    return b"\x0c" + head + data


ca_key, ct_key, rekor_key, tsa_key = P256(), P256(), P256(), P256()
ca = make("authority", ca_key, None, ca_key)


def keyless(with_v2=True, extensions=b"\x01\x02"):
    """A short-lived certificate with the promise of a certificate log, which has extensions of its own."""
    key = P256()
    extra = [(x509.SubjectAlternativeName([x509.UniformResourceIdentifier(SIGNER)]), True)]
    extra.append((x509.UnrecognizedExtension(ObjectIdentifier(ARC + "1"), ISSUER.encode()), False))
    if with_v2:
        extra.append((x509.UnrecognizedExtension(ObjectIdentifier(ARC + "8"), utf8(ISSUER)), False))
        extra.append((x509.UnrecognizedExtension(ObjectIdentifier(ARC + "12"), utf8("https://ci.example/" + "long/" * 30)), False))
    builder, finish = certificate("", key, ca, ca_key, ExtendedKeyUsageOID.CODE_SIGNING, extra, days=0)
    builder._not_valid_after = (START + datetime.timedelta(minutes=10)).replace(tzinfo=None)
    bare = finish(builder)
    tbs = bare.tbs_certificate_bytes
    millis = int(START.timestamp() * 1000)
    signed = b"\0\0" + struct.pack(">Q", millis) + b"\0\1" + sha(spki(ca_key)) + struct.pack(">I", len(tbs))[1:] + tbs + struct.pack(">H", len(extensions)) + extensions
    signature = sign(ct_key, signed)
    sct = b"\0" + sha(spki(ct_key)) + struct.pack(">Q", millis) + struct.pack(">H", len(extensions)) + extensions + b"\4\3" + struct.pack(">H", len(signature)) + signature
    listed = struct.pack(">H", len(sct)) + sct
    listed = struct.pack(">H", len(listed)) + listed
    size = bytes([len(listed)]) if len(listed) < 128 else b"\x81" + bytes([len(listed)])
    octets = b"\x04" + size + listed
    builder = builder.add_extension(x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2"), octets), False)
    return key, finish(builder)


def entry(body):
    """The promise and the proof of a log of three entries, the second of which is this."""
    log_id, when, index = sha(spki(rekor_key)), int(SIGNED.timestamp()), 101
    message = compact({"body": b64(body), "integratedTime": when, "logID": log_id.hex(), "logIndex": index})
    promise = sign(rekor_key, message)
    leaf = lambda data: sha(b"\0" + data)
    node = lambda left, right: sha(b"\1" + left + right)
    first, third = leaf(b"first"), leaf(b"third")
    root = node(node(first, leaf(body)), third)
    note = f"log.example - 1\n3\n{b64(root)}\n"
    checkpoint = f"{note}\n— log.example {b64(log_id[:4] + sign(rekor_key, note.encode()))}\n"
    proof = {"logIndex": "1", "rootHash": b64(root), "treeSize": "3", "hashes": [b64(first), b64(third)], "checkpoint": {"envelope": checkpoint}}
    parsed = json.loads(body)
    bundle = {"logIndex": str(index), "logId": {"keyId": b64(log_id)}, "kindVersion": {"kind": parsed["kind"], "version": parsed["apiVersion"]}, "integratedTime": str(when), "inclusionPromise": {"signedEntryTimestamp": b64(promise)}, "inclusionProof": proof, "canonicalizedBody": b64(body)}
    cosign = {"SignedEntryTimestamp": b64(promise), "Payload": {"body": b64(body), "integratedTime": when, "logIndex": index, "logID": log_id.hex()}}
    return bundle, cosign


def hashedrekord(digest, signature, verifier):
    spec = {"data": {"hash": {"algorithm": "sha256", "value": digest.hex()}}, "signature": {"content": b64(signature), "publicKey": {"content": b64(verifier.encode())}}}
    return compact({"apiVersion": "0.0.1", "kind": "hashedrekord", "spec": spec})


def token(signature):
    with tempfile.TemporaryDirectory() as folder:
        at = lambda n: os.path.join(folder, n)
        open(at("data"), "wb").write(signature)
        open(at("key.pem"), "wb").write(tsa_key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        open(at("cert.pem"), "w").write(pem(tsa))
        open(at("serial"), "w").write("01\n")
        open(at("conf"), "w").write(f"[tsa]\ndefault_tsa=t\n[t]\nserial={at('serial')}\ncrypto_device=builtin\nsigner_cert={at('cert.pem')}\nsigner_key={at('key.pem')}\nsigner_digest=sha256\ndefault_policy=1.2.3.4\ndigests=sha256\naccuracy=secs:1\n")
        subprocess.run(["openssl", "ts", "-query", "-data", at("data"), "-sha256", "-cert", "-out", at("query")], check=True, capture_output=True)
        subprocess.run(["openssl", "ts", "-reply", "-config", at("conf"), "-queryfile", at("query"), "-out", at("reply")], check=True, capture_output=True)
        return open(at("reply"), "rb").read()


tsa = make("timestamps", tsa_key, ca, ca_key, ExtendedKeyUsageOID.TIME_STAMPING, start=START)
pae = lambda kind, payload: b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)
IN_TOTO = "application/vnd.in-toto+json"
MANIFEST = compact({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": {"mediaType": "application/vnd.oci.empty.v1+json", "digest": "sha256:" + sha(b"{}").hex(), "size": 2}, "layers": []})
DIGEST = sha(MANIFEST)


def statement(predicate, digests=None):
    return compact({"_type": "https://in-toto.io/Statement/v1", "subject": [{"name": "app", "digest": digests or {"sha256": DIGEST.hex()}}], "predicateType": predicate, "predicate": {}})


def envelope(key, payload, encode=b64):
    return {"payload": encode(payload), "payloadType": IN_TOTO, "signatures": [{"sig": encode(sign(key, pae(IN_TOTO, payload))), "keyid": ""}]}


def bundle(content, material, entries=(), tokens=(), version="application/vnd.dev.sigstore.bundle.v0.3+json"):
    material = dict(material, tlogEntries=list(entries))
    if tokens:
        material["timestampVerificationData"] = {"rfc3161Timestamps": [{"signedTimestamp": b64(t)} for t in tokens]}
    return compact({"mediaType": version, "verificationMaterial": material, **content})


fixtures = []


def add(title, kind, evidence, trust, annotations=None):
    fixtures.append({"name": title, "kind": kind, "evidence": b64(evidence), "annotations": annotations or {}, "trust": trust})


keys = {"p256": P256(), "p384": ec.generate_private_key(ec.SECP384R1()), "p521": ec.generate_private_key(ec.SECP521R1()), "rsa": rsa.generate_private_key(65537, 2048), "ed25519": ed25519.Ed25519PrivateKey.generate()}
payload = compact({"critical": {"identity": {"docker-reference": ""}, "image": {"docker-manifest-digest": "sha256:" + DIGEST.hex()}, "type": "cosign container image signature"}, "optional": {"commit": "abc"}})
for title, key in keys.items():
    add(f"cosign signature, {title}", "cosign-signature", payload, title, {"dev.cosignproject.cosign/signature": b64(sign(key, payload))})
    hint = {"publicKey": {"hint": b64(sha(spki(key)))}}
    add(f"bundle of a statement, {title}", "sigstore-bundle", bundle({"dsseEnvelope": envelope(key, statement("https://sigstore.dev/cosign/sign/v1"))}, hint), title)
    digest = {"algorithm": "SHA2_256", "digest": b64(DIGEST)}
    if title in ("p256", "rsa", "ed25519"):
        add(f"bundle of a message, {title}", "sigstore-bundle", bundle({"messageSignature": {"messageDigest": digest, "signature": b64(sign(key, MANIFEST))}}, hint), title)
key = keys["p256"]
add("cosign attestation with URL-safe base64", "cosign-attestation", compact(envelope(key, statement("https://slsa.dev/provenance/v1"), lambda d: base64.urlsafe_b64encode(d).decode())), "p256", {"dev.cosignproject.cosign/signature": "", "predicateType": "https://slsa.dev/provenance/v1"})
whole = b64(sign(key, payload))
broken = "\n".join(whole[i : i + 40] for i in range(0, len(whole), 40))
add("cosign signature in base64 with line breaks", "cosign-signature", payload, "p256", {"dev.cosignproject.cosign/signature": broken})
add("bundle about a sha512 only", "sigstore-bundle", bundle({"dsseEnvelope": envelope(key, statement("https://example.com/p", {"sha512": hashlib.sha512(MANIFEST).hexdigest()}))}, {"publicKey": {"hint": ""}}), "p256")

signer, cert = keyless()
signature = sign(signer, payload)
_, cosign = entry(hashedrekord(sha(payload), signature, pem(cert)))
add("keyless cosign signature", "cosign-signature", payload, "keyless", {"dev.cosignproject.cosign/signature": b64(signature), "dev.sigstore.cosign/certificate": pem(cert), "dev.sigstore.cosign/chain": pem(ca), "dev.sigstore.cosign/bundle": compact(cosign).decode()})
old_signer, old_cert = keyless(with_v2=False)
text = statement("https://slsa.dev/provenance/v0.2")
env = envelope(old_signer, text)
raw = compact(env)
annotations = lambda cosign: {"dev.cosignproject.cosign/signature": "", "dev.sigstore.cosign/certificate": pem(old_cert), "dev.sigstore.cosign/chain": pem(ca), "dev.sigstore.cosign/bundle": compact(cosign).decode()}
intoto1 = compact({"apiVersion": "0.0.1", "kind": "intoto", "spec": {"content": {"hash": {"algorithm": "sha256", "value": sha(raw).hex()}, "payloadHash": {"algorithm": "sha256", "value": sha(text).hex()}}, "publicKey": b64(pem(old_cert).encode())}})
add("keyless attestation, log entry intoto 0.0.1, issuer in .1 alone", "cosign-attestation", raw, "keyless", annotations(entry(intoto1)[1]))
dsse1 = compact({"apiVersion": "0.0.1", "kind": "dsse", "spec": {"envelopeHash": {"algorithm": "sha256", "value": sha(raw).hex()}, "payloadHash": {"algorithm": "sha256", "value": sha(text).hex()}, "signatures": [{"signature": env["signatures"][0]["sig"], "verifier": b64(pem(old_cert).encode())}]}})
add("keyless attestation, log entry dsse 0.0.1", "cosign-attestation", raw, "keyless", annotations(entry(dsse1)[1]))
sig = env["signatures"][0]["sig"]
intoto2 = compact({"apiVersion": "0.0.2", "kind": "intoto", "spec": {"content": {"envelope": {"payloadType": IN_TOTO, "signatures": [{"publicKey": b64(pem(old_cert).encode()), "sig": b64(sig.encode())}]}, "hash": {"algorithm": "sha256", "value": sha(raw).hex()}, "payloadHash": {"algorithm": "sha256", "value": sha(text).hex()}}}})
material = {"certificate": {"rawBytes": b64(der(old_cert))}}
add("keyless bundle, log entry intoto 0.0.2", "sigstore-bundle", bundle({"dsseEnvelope": env}, material, [entry(intoto2)[0]]), "keyless")
message = sign(signer, MANIFEST)
logged, _ = entry(hashedrekord(DIGEST, message, pem(cert)))
content = {"messageSignature": {"messageDigest": {"algorithm": "SHA2_256", "digest": b64(DIGEST)}, "signature": b64(message)}}
add("keyless bundle of a message", "sigstore-bundle", bundle(content, {"certificate": {"rawBytes": b64(der(cert))}}, [logged]), "keyless")
promised = {k: v for k, v in logged.items() if k != "inclusionProof"}
chain = {"x509CertificateChain": {"certificates": [{"rawBytes": b64(der(c))} for c in (cert, ca)]}}
add("keyless bundle 0.1 without a proof", "sigstore-bundle", bundle(content, chain, [promised], version="application/vnd.dev.sigstore.bundle+json;version=0.1"), "keyless")
key = keys["p256"]
stamped = sign(key, MANIFEST)
add("bundle with a timestamp", "sigstore-bundle", bundle({"messageSignature": {"messageDigest": {"algorithm": "SHA2_256", "digest": b64(DIGEST)}, "signature": b64(stamped)}}, {"publicKey": {"hint": b64(sha(spki(key)))}}, tokens=[token(stamped)]), "timestamp")

target = compact({"targetArtifact": {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "sha256:" + DIGEST.hex(), "size": len(MANIFEST), "annotations": {"build": "7"}}})
notary = "io.cncf.notary."
notation_root_key = P256()
notation_root = make("notation root", notation_root_key, None, notation_root_key)


def notation_leaf(key):
    return make("signer", key, notation_root, notation_root_key, ExtendedKeyUsageOID.CODE_SIGNING)


def fixed(key, data):
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    r, s = decode_dss_signature(sign(key, data))
    size = (key.key_size + 7) // 8
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def cbor(value):
    def head(major, n):
        if n < 24: return bytes([major << 5 | n])
        if n < 256: return bytes([major << 5 | 24, n])
        if n < 65536: return bytes([major << 5 | 25]) + struct.pack(">H", n)
        return bytes([major << 5 | 26]) + struct.pack(">I", n)
    if isinstance(value, bool): return b"\xf5" if value else b"\xf4"
    if isinstance(value, int): return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes): return head(2, len(value)) + value
    if isinstance(value, str): return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list): return head(4, len(value)) + b"".join(map(cbor, value))
    if isinstance(value, tuple): return head(6, value[0]) + cbor(value[1])
    return head(5, len(value)) + b"".join(cbor(k) + cbor(v) for k, v in value.items())


for title, alg, cose in (("p256", "ES256", -7), ("p384", "ES384", -35), ("p521", "ES512", -36), ("rsa", "PS256", -37)):
    key = keys[title]
    chain = [der(notation_leaf(key)), der(notation_root)]
    headers = {"alg": alg, "cty": "application/vnd.cncf.notary.payload.v1+json", "crit": [notary + "signingScheme"], notary + "signingScheme": "notary.x509", notary + "signingTime": "2024-05-01T12:00:30Z"}
    protected, body = url(compact(headers)), url(target)
    jws = {"payload": body, "protected": protected, "header": {"x5c": [b64(c) for c in chain], notary + "signingAgent": "fixtures/1"}, "signature": url(fixed(key, f"{protected}.{body}".encode()))}
    add(f"Notation JWS, {title}", "notation-jws", compact(jws), "notation")
    signed = cbor({1: cose, 2: [notary + "signingScheme"], 3: "application/vnd.cncf.notary.payload.v1+json", notary + "signingScheme": "notary.x509", notary + "signingTime": (1, int(SIGNED.timestamp()))})
    tbs = cbor(["Signature1", signed, b"", target])
    add(f"Notation COSE, {title}", "notation-cose", cbor((18, [signed, {33: chain, notary + "signingAgent": "fixtures/1"}, target, fixed(key, tbs)])), "notation")

window = {"start": "2024-01-01T00:00:00Z"}
log = lambda key: {"baseUrl": "https://log.example", "hashAlgorithm": "SHA2_256", "publicKey": {"rawBytes": b64(spki(key)), "keyDetails": "PKIX_ECDSA_P256_SHA_256", "validFor": window}, "logId": {"keyId": b64(sha(spki(key)))}}
root = {"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1", "tlogs": [log(rekor_key)], "ctlogs": [log(ct_key)], "certificateAuthorities": [{"subject": {"commonName": "authority"}, "uri": "https://ca.example", "certChain": {"certificates": [{"rawBytes": b64(der(ca))}]}, "validFor": window}], "timestampAuthorities": [{"subject": {"commonName": "timestamps"}, "certChain": {"certificates": [{"rawBytes": b64(der(c))} for c in (tsa, ca)]}, "validFor": window}]}
document = {"manifest": b64(MANIFEST), "identity": SIGNER, "issuer": ISSUER, "trusted_root": json.dumps(root), "notation_root": pem(notation_root), "keys": {title: pem_key(key) for title, key in keys.items()}, "fixtures": fixtures}
json.dump(document, open("fixtures.json", "w"), indent=1)
print(len(fixtures), "fixtures")
