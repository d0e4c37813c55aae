"""The catalogue as one JSON document, for other programs: `schemas/catalog.json` describes it."""

from __future__ import annotations

from audit import contract
from audit.catalog.advice import ProviderAdvice, load_advice
from audit.catalog.anchors import TrustAnchor, load_anchors
from audit.catalog.blocklists import Blocklist, DeadZone, load_blocklists
from audit.catalog.bounces import BounceForm, BounceLine, BounceReason, load_bounces
from audit.catalog.issuers import Issuer, load_issuers
from audit.catalog.lifetimes import Lifetime, load_lifetimes
from audit.catalog.migration import Migration, load_migrations
from audit.catalog.profiles import Profile, profiles
from audit.catalog.providers import Provider, load_providers
from audit.catalog.replies import (
    EnhancedCode,
    ReplyClass,
    ReplyCode,
    ReplyPattern,
    ReplyRemedy,
    ReplySpeaker,
    load_replies,
)
from audit.catalog.resolvers import Resolver, load_resolvers
from audit.catalog.rotations import Rotation, load_rotations
from audit.catalog.selectors import Selectors, load_selectors
from audit.catalog.stages import StageWords, load_stages
from audit.model.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """Everything that the catalogue knows."""

    blocklists: tuple[Blocklist, ...]
    dead: tuple[DeadZone, ...]
    providers: tuple[Provider, ...]
    selectors: Selectors
    resolvers: tuple[Resolver, ...]
    anchors: tuple[TrustAnchor, ...]
    issuers: tuple[Issuer, ...]
    lifetimes: tuple[Lifetime, ...]
    rotations: tuple[Rotation, ...]
    reply_classes: tuple[ReplyClass, ...]
    reply_speakers: tuple[ReplySpeaker, ...]
    reply_codes: tuple[ReplyCode, ...]
    enhanced_codes: tuple[EnhancedCode, ...]
    reply_remedies: tuple[ReplyRemedy, ...]
    reply_patterns: tuple[ReplyPattern, ...]
    bounce_forms: tuple[BounceForm, ...]
    bounce_lines: tuple[BounceLine, ...]
    bounce_reasons: tuple[BounceReason, ...]
    stages: tuple[StageWords, ...]
    advice: tuple[ProviderAdvice, ...]
    migrations: tuple[Migration, ...]
    profiles: tuple[Profile, ...]


def catalog() -> Catalog:
    """The catalogue that is shipped.

    Raises:
        CatalogError: it is broken.
    """
    lists, replies, bounces = load_blocklists(), load_replies(), load_bounces()
    return Catalog(
        blocklists=lists.entries,
        dead=lists.dead,
        providers=load_providers().entries,
        selectors=load_selectors(),
        resolvers=load_resolvers().entries,
        anchors=load_anchors(),
        issuers=load_issuers().entries,
        lifetimes=load_lifetimes(),
        rotations=load_rotations(),
        reply_classes=replies.classes,
        reply_speakers=replies.speakers,
        reply_codes=replies.codes,
        enhanced_codes=replies.enhanced,
        reply_remedies=replies.remedies,
        reply_patterns=replies.patterns,
        bounce_forms=bounces.forms,
        bounce_lines=bounces.lines,
        bounce_reasons=bounces.reasons,
        stages=load_stages().entries,
        advice=load_advice().entries,
        migrations=load_migrations().entries,
        profiles=profiles(),
    )


def document() -> bytes:
    """The catalogue as indented JSON; dates are written YYYY-MM-DD."""
    return contract.pretty(catalog())
