#!/usr/bin/env python3
"""Makes fixtures.json: signatures of every kind by keys and authorities of our own, which are thrown away afterwards.

Needs python3-cryptography, openssl and gpg. Run it in this folder; what it writes differs each time and is committed.
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


def keyless(with_v2=True, extensions=b"\x01\x02", minutes=10, other_name=False, with_sct=True, ct=None):
    """A short-lived certificate with the promise of a certificate log, which has extensions of its own."""
    key = P256()
    san = x509.OtherName(ObjectIdentifier(ARC + "7"), utf8(SIGNER)) if other_name else x509.UniformResourceIdentifier(SIGNER)
    extra = [(x509.SubjectAlternativeName([san]), True)]
    extra.append((x509.UnrecognizedExtension(ObjectIdentifier(ARC + "1"), ISSUER.encode()), False))
    if with_v2:
        extra.append((x509.UnrecognizedExtension(ObjectIdentifier(ARC + "8"), utf8(ISSUER)), False))
        extra.append((x509.UnrecognizedExtension(ObjectIdentifier(ARC + "12"), utf8("https://ci.example/" + "long/" * 30)), False))
    builder, finish = certificate("", key, ca, ca_key, ExtendedKeyUsageOID.CODE_SIGNING, extra, days=0)
    builder._not_valid_after = (START + datetime.timedelta(minutes=minutes)).replace(tzinfo=None)
    bare = finish(builder)
    if not with_sct:
        return key, bare
    tbs = bare.tbs_certificate_bytes
    millis = int(START.timestamp() * 1000)
    signed = b"\0\0" + struct.pack(">Q", millis) + b"\0\1" + sha(spki(ca_key)) + struct.pack(">I", len(tbs))[1:] + tbs + struct.pack(">H", len(extensions)) + extensions
    signature = sign(ct or ct_key, signed)
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


fixtures, lies = [], []


def add(title, kind, evidence, trust, annotations=None, fails=None):
    """A signature that is verified; with `fails` one that is well made and fails at this check alone."""
    fixture = {"name": title, "kind": kind, "evidence": b64(evidence), "annotations": annotations or {}, "trust": trust}
    if fails:
        lies.append(dict(fixture, fails=fails))
    else:
        fixtures.append(fixture)


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

LONG = 60 * 24 * 3650
key = keys["p256"]
material = lambda cert: {"certificate": {"rawBytes": b64(der(cert))}}
of_message = lambda signature, digest=DIGEST: {"messageSignature": {"messageDigest": {"algorithm": "SHA2_256", "digest": b64(digest)}, "signature": b64(signature)}}


def tiled(body):
    """The proof of a log without times, whose entries are numbered as they are proven."""
    bundle, _ = entry(body)
    del bundle["inclusionPromise"], bundle["integratedTime"]
    return dict(bundle, logIndex="1")


def about(digest):
    return compact(dict(json.loads(payload), critical=dict(json.loads(payload)["critical"], image={"docker-manifest-digest": "sha256:" + digest.hex()})))


named_signer, named_cert = keyless(other_name=True)
message = sign(named_signer, MANIFEST)
logged, _ = entry(hashedrekord(DIGEST, message, pem(named_cert)))
add("keyless bundle, the name is an OtherName", "sigstore-bundle", bundle(of_message(message), material(named_cert), [logged]), "keyless")
chain = {"x509CertificateChain": {"certificates": [{"rawBytes": b64(der(named_cert))}]}}
add("keyless bundle 0.2 with a chain", "sigstore-bundle", bundle(of_message(message), chain, [logged], version="application/vnd.dev.sigstore.bundle+json;version=0.2"), "keyless")
unsigned = dict(logged, inclusionProof={k: v for k, v in logged["inclusionProof"].items() if k != "checkpoint"})
old = "application/vnd.dev.sigstore.bundle+json;version=0.1"
add("keyless bundle 0.1 with a proof that nobody signed", "sigstore-bundle", bundle(of_message(message), chain, [unsigned], version=old), "keyless")
add("keyless bundle, its proof is not signed by a log", "sigstore-bundle", bundle(of_message(message), material(named_cert), [unsigned]), "keyless", fails="log-inclusion")
add("keyless bundle, the same entry twice", "sigstore-bundle", bundle(of_message(message), material(named_cert), [logged, logged]), "keyless", fails="log-inclusion")
snake = lambda value: {"".join("_" + c.lower() if c.isupper() else c for c in k): snake(v) for k, v in value.items()} if isinstance(value, dict) else [snake(v) for v in value] if isinstance(value, list) else value
whole = json.loads(bundle(of_message(message), material(named_cert), [logged]))
add("keyless bundle with names in snake case", "sigstore-bundle", compact(snake(whole)), "keyless")
numbers = dict(logged, logIndex=int(logged["logIndex"]), integratedTime=int(logged["integratedTime"]))
add("keyless bundle with numbers that are no texts", "sigstore-bundle", bundle(of_message(message), material(named_cert), [numbers]), "keyless")
text = statement("https://slsa.dev/provenance/v1")
env = envelope(named_signer, text)
enveloped = base64.b64decode(env["signatures"][0]["sig"])
add("keyless bundle of a statement, log entry hashedrekord", "sigstore-bundle", bundle({"dsseEnvelope": env}, material(named_cert), [entry(hashedrekord(sha(pae(IN_TOTO, text)), enveloped, pem(named_cert)))[0]]), "keyless")
add("keyless bundle of a statement, the entry hashes the payload alone", "sigstore-bundle", bundle({"dsseEnvelope": env}, material(named_cert), [entry(hashedrekord(sha(text), enveloped, pem(named_cert)))[0]]), "keyless", fails="log-inclusion")
stamped_signer, stamped_cert = keyless(minutes=LONG)
verifier = {"keyDetails": "PKIX_ECDSA_P256_SHA_256", "x509Certificate": {"rawBytes": b64(der(stamped_cert))}}
message = sign(stamped_signer, MANIFEST)
hashed2 = compact({"apiVersion": "0.0.2", "kind": "hashedrekord", "spec": {"hashedRekordV002": {"data": {"algorithm": "SHA2_256", "digest": b64(DIGEST)}, "signature": {"content": b64(message), "verifier": verifier}}}})
add("keyless bundle of a log without times", "sigstore-bundle", bundle(of_message(message), material(stamped_cert), [tiled(hashed2)], [token(message)]), "keyless")
add("keyless bundle, the same timestamp twice", "sigstore-bundle", bundle(of_message(message), material(stamped_cert), [tiled(hashed2)], [token(message)] * 2), "keyless", fails="timestamp")
env = envelope(stamped_signer, text)
enveloped = base64.b64decode(env["signatures"][0]["sig"])
dsse2 = compact({"apiVersion": "0.0.2", "kind": "dsse", "spec": {"dsseV002": {"payloadHash": {"algorithm": "SHA2_256", "digest": b64(sha(text))}, "signatures": [{"content": b64(enveloped), "verifier": verifier}]}}})
add("keyless bundle of a statement, of a log without times", "sigstore-bundle", bundle({"dsseEnvelope": env}, material(stamped_cert), [tiled(dsse2)], [token(enveloped)]), "keyless")
private_signer, private_cert = keyless(minutes=LONG, with_sct=False)
env = envelope(private_signer, text)
enveloped = base64.b64decode(env["signatures"][0]["sig"])
add("bundle of an instance with timestamps and without logs", "sigstore-bundle", bundle({"dsseEnvelope": env}, material(private_cert), tokens=[token(enveloped)]), "without-logs")
broken = lambda data: "\n".join(b64(data)[i : i + 40] for i in range(0, len(b64(data)), 40))
add("bundle of a statement in base64 with line breaks", "sigstore-bundle", bundle({"dsseEnvelope": envelope(key, text, broken)}, {"publicKey": {"hint": "SHA256:jl3bwswu80"}}), "p256")

other = sha(b"something else")
add("cosign signature of another image", "cosign-signature", about(other), "p256", {"dev.cosignproject.cosign/signature": b64(sign(key, about(other)))}, fails="subject-digest")
lie = statement("https://sigstore.dev/cosign/sign/v1", {"sha256": other.hex()})
add("bundle about another image", "sigstore-bundle", bundle({"dsseEnvelope": envelope(key, lie)}, {"publicKey": {"hint": ""}}), "p256", fails="subject-digest")
add("cosign attestation that is said to be another", "cosign-attestation", compact(envelope(key, text)), "p256", {"dev.cosignproject.cosign/signature": "", "predicateType": "https://spdx.dev/Document"}, fails="annotations")
add("bundle that is said to be another", "sigstore-bundle", bundle({"dsseEnvelope": envelope(key, text)}, {"publicKey": {"hint": ""}}), "p256", {"dev.sigstore.bundle.predicateType": "https://spdx.dev/Document"}, fails="annotations")
late_signer, late_cert = keyless()
message = sign(late_signer, MANIFEST)
late = compact({"apiVersion": "0.0.2", "kind": "hashedrekord", "spec": {"hashedRekordV002": {"data": {"algorithm": "SHA2_256", "digest": b64(DIGEST)}, "signature": {"content": b64(message), "verifier": dict(verifier, x509Certificate={"rawBytes": b64(der(late_cert))})}}}})
add("keyless bundle, stamped when its certificate had run out", "sigstore-bundle", bundle(of_message(message), material(late_cert), [tiled(late)], [token(message)]), "keyless", fails="certificate-validity")
for title, made in (("that no certificate log promised", keyless(with_sct=False)), ("with a promise by another key", keyless(ct=P256()))):
    message = sign(made[0], MANIFEST)
    add(f"keyless bundle {title}", "sigstore-bundle", bundle(of_message(message), material(made[1]), [entry(hashedrekord(DIGEST, message, pem(made[1])))[0]]), "keyless", fails="sct")


def jws(key, chain, changes=None, described=None, unsigned=None):
    """A Notation signature in JWS with other headers, or of another descriptor."""
    alg = "PS256" if isinstance(key, rsa.RSAPrivateKey) else {256: "ES256", 384: "ES384", 521: "ES512"}[key.key_size]
    headers = {"alg": alg, "cty": "application/vnd.cncf.notary.payload.v1+json", "crit": [notary + "signingScheme"], notary + "signingScheme": "notary.x509", notary + "signingTime": "2024-05-01T12:00:30Z"}
    headers = {k: v for k, v in {**headers, **(changes or {})}.items() if v is not None}
    protected, body = url(compact(headers)), url(described or target)
    signature = fixed(key, f"{protected}.{body}".encode())
    header = {"x5c": [b64(der(c)) for c in chain], notary + "signingAgent": "fixtures/1"}
    if unsigned:
        header[notary + "timestampSignature"] = b64(unsigned(signature))
    return compact({"payload": body, "protected": protected, "header": header, "signature": url(signature)})


leaf = notation_leaf(key)
short = make("signer", key, notation_root, notation_root_key, ExtendedKeyUsageOID.CODE_SIGNING, days=1)
authority = {notary + "signingScheme": "notary.x509.signingAuthority", notary + "signingTime": None, notary + "authenticSigningTime": "2024-05-01T13:00:00+01:00", "crit": [notary + "signingScheme", notary + "authenticSigningTime"]}
bare_token = lambda signature: ts_token(token(signature))


def ts_token(reply):
    """The token of a reply, which comes after its status."""
    length = lambda at: (reply[at + 1], at + 2) if reply[at + 1] < 128 else (int.from_bytes(reply[at + 2 : at + 2 + (reply[at + 1] & 127)], "big"), at + 2 + (reply[at + 1] & 127))
    _, inside = length(0)
    size, content = length(inside)
    return reply[content + size :]


add("Notation JWS by a signing authority, judged when it signed", "notation-jws", jws(key, [short, notation_root], authority), "notation-authority")
add("Notation JWS with a timestamp", "notation-jws", jws(key, [leaf, notation_root], unsigned=bare_token), "notation-stamped")
add("Notation JWS with an expiry", "notation-jws", jws(key, [leaf, notation_root], {notary + "expiry": "2124-05-01T12:00:30Z", "crit": [notary + "signingScheme", notary + "expiry"]}), "notation")
descriptor = lambda **changes: compact({"targetArtifact": dict(json.loads(target)["targetArtifact"], **changes)})
notation_lies = [
    ("of another image", "subject-digest", dict(described=descriptor(digest="sha256:" + other.hex()))),
    ("of another size", "subject-digest", dict(described=descriptor(size=1))),
    ("of another media type", "subject-digest", dict(described=descriptor(mediaType="application/vnd.oci.image.index.v1+json"))),
    ("that has run out", "expiry", dict(changes={notary + "expiry": "2024-06-01T12:00:30Z", "crit": [notary + "signingScheme", notary + "expiry"]})),
    ("with an unknown critical header", "parse", dict(changes={"crit": [notary + "signingScheme", "new"], "new": "x"})),
    ("with an algorithm of another key", "signature", dict(changes={"alg": "ES384"})),
    ("with an algorithm that nobody allows", "parse", dict(changes={"alg": "none"})),
    ("by an authority that tells no time", "parse", dict(changes=dict(authority, **{notary + "authenticSigningTime": None}))),
]
for title, check, what in notation_lies:
    add(f"Notation JWS {title}", "notation-jws", jws(key, [leaf, notation_root], **what), "notation", fails=check)
add("Notation JWS with its chain out of order", "notation-jws", jws(key, [leaf, notation_root, leaf]), "notation", fails="certificate-chain")
add("Notation JWS by a certificate that has run out", "notation-jws", jws(key, [short, notation_root]), "notation", fails="certificate-validity")
add("Notation JWS with a timestamp of another signature", "notation-jws", jws(key, [leaf, notation_root], unsigned=lambda _: bare_token(b"other")), "notation-stamped", fails="timestamp")


def gpg(arguments, data):
    """What gpg makes of data that comes through a pipe, by a key that is thrown away."""
    with tempfile.TemporaryDirectory() as home:
        run = lambda more, **pipe: subprocess.run(["gpg", "--homedir", home, "--batch", "--passphrase", "", *more], check=True, capture_output=True, **pipe).stdout
        run(["--quick-gen-key", "fixtures <fixtures@regscope.example>", "ed25519", "sign", "never"])
        return run(arguments, input=data)


atomic = lambda digest: compact({"critical": {"identity": {"docker-reference": "r.example/team/app:1"}, "image": {"docker-manifest-digest": "sha256:" + digest.hex()}, "type": "atomic container signature"}, "optional": {"creator": "fixtures", "timestamp": 1714564800, "long": "-" * 3000}})
chart = "apiVersion: v2\nname: app\nversion: 1.0.0\n\n...\nfiles:\n  app-1.0.0.tgz: sha256:%s\n"
openpgp = [
    ("simple signing, packed", "simple-signing", gpg(["--sign"], atomic(DIGEST)), None),
    ("simple signing, as it is", "simple-signing", gpg(["--sign", "--compress-algo", "none"], atomic(DIGEST)), None),
    ("simple signing of another image", "simple-signing", gpg(["--sign"], atomic(other)), "subject-digest"),
    ("provenance of a chart", "helm-provenance", gpg(["--clearsign"], (chart % DIGEST.hex()).encode()), None),
    ("provenance of another chart", "helm-provenance", gpg(["--clearsign"], (chart % other.hex()).encode()), "subject-digest"),
]
openpgp = [{"name": title, "kind": kind, "evidence": b64(evidence), "annotations": {}, "trust": "p256", "fails": fails} for title, kind, evidence, fails in openpgp]

window = {"start": "2024-01-01T00:00:00Z"}
log = lambda key: {"baseUrl": "https://log.example", "hashAlgorithm": "SHA2_256", "publicKey": {"rawBytes": b64(spki(key)), "keyDetails": "PKIX_ECDSA_P256_SHA_256", "validFor": window}, "logId": {"keyId": b64(sha(spki(key)))}}
root = {"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1", "tlogs": [log(rekor_key)], "ctlogs": [log(ct_key)], "certificateAuthorities": [{"subject": {"commonName": "authority"}, "uri": "https://ca.example", "certChain": {"certificates": [{"rawBytes": b64(der(ca))}]}, "validFor": window}], "timestampAuthorities": [{"subject": {"commonName": "timestamps"}, "certChain": {"certificates": [{"rawBytes": b64(der(c))} for c in (tsa, ca)]}, "validFor": window}]}
document = {"manifest": b64(MANIFEST), "identity": SIGNER, "issuer": ISSUER, "trusted_root": json.dumps(root), "notation_root": pem(notation_root), "keys": {title: pem_key(key) for title, key in keys.items()}, "trusted_root_without_logs": json.dumps(dict(root, tlogs=[], ctlogs=[])), "timestamp_root": pem(ca), "fixtures": fixtures, "lies": lies, "openpgp": openpgp}
json.dump(document, open("fixtures.json", "w"), indent=1)
print(len(fixtures), "fixtures,", len(lies), "lies")
