"""Apache Kafka that asks who is there: listeners with logins, with certificates, and with wrong ones."""

from pathlib import Path

from support.authority import Authority
from support.kafka import ApacheKafka

from stream.dev.ports import LOOPBACK, free_ports

USER, PASSWORD = "pantau", "kafka-Passw0rd-Canary"
#: Logins that may do what they are given by name, unlike the one above, which may do all.
LIMITED = (
    *("source", "worker", "audit", "letters", "operator", "nobody"),
    *("no-group", "no-read", "no-write"),
)

_MODULES = "org.apache.kafka.common.security"
_LOGIN = f"""\
listener.name.login.sasl.enabled.mechanisms=SCRAM-SHA-512,SCRAM-SHA-256,PLAIN
listener.name.login.scram-sha-512.sasl.jaas.config={_MODULES}.scram.ScramLoginModule required;
listener.name.login.scram-sha-256.sasl.jaas.config={_MODULES}.scram.ScramLoginModule required;
listener.name.login.plain.sasl.jaas.config={_MODULES}.plain.PlainLoginModule required \\
user_{USER}="{PASSWORD}";
"""
_CERTIFICATE = """\
listener.name.{name}.ssl.keystore.type=PEM
listener.name.{name}.ssl.keystore.location={file}
"""


class SecuredKafka(ApacheKafka):
    """Listens in the clear for the tests, and for Pantau at `login`, `mutual`, `stranger` and `expired`."""

    def __init__(self, *, folder: Path, authority: Authority) -> None:
        plain, *ports = free_ports(5)
        names = ("login", "mutual", "stranger", "expired")
        at = {name: f"{LOOPBACK}:{port}" for name, port in zip(names, ports, strict=True)}
        self.login, self.mutual, self.stranger, self.expired = at.values()
        good = authority.issue("broker")
        files = {
            "login": good,
            "mutual": good,
            "stranger": authority.issue("stranger", "kafka.example"),
            "expired": authority.issue("expired", expired=True),
        }
        self.more_listeners = "".join(f",{name.upper()}://{address}" for name, address in at.items())
        protocols = "LOGIN:SASL_SSL,MUTUAL:SSL,STRANGER:SSL,EXPIRED:SSL"
        self.more_properties = (
            f"listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,{protocols}\n"
            + "".join(_CERTIFICATE.format(name=name, file=of.both) for name, of in files.items())
            + "listener.name.mutual.ssl.client.auth=required\n"
            + "listener.name.mutual.ssl.truststore.type=PEM\n"
            + f"listener.name.mutual.ssl.truststore.location={authority.file}\n"
            + _LOGIN
            + "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n"
            + f"super.users=User:ANONYMOUS;User:{USER};User:client\n"
            + "ssl.principal.mapping.rules=RULE:^.*CN=([^,]*).*$/$1/\n"
        )
        self.more_format = tuple(
            part
            for mechanism, user in (
                ("SCRAM-SHA-256", USER),
                *(("SCRAM-SHA-512", u) for u in (USER, *LIMITED)),
            )
            for part in ("--add-scram", f"{mechanism}=[name={user},password={PASSWORD}]")
        )
        super().__init__(folder=folder, port=plain)
