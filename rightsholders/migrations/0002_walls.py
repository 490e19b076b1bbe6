"""Grants, row-level policies and keys across columns for rights holders' tables; the reasons a paper can be refused for."""

from __future__ import annotations

from datetime import date

from django.db import migrations

from ipp.core import walls
from ipp.core.walls import composite_fk, secure

REASONS = [
    (
        "unreadable",
        "The picture is not readable",
        "图片无法辨认",
        "Send a sharp, well-lit picture or scan that shows all four corners, with nothing covered.",
        "请提交清晰、光线充足、四角完整且无遮挡的照片或扫描件。",
    ),
    (
        "name_differs",
        "The name is not the account's",
        "姓名或名称与账户不一致",
        "Send a paper in the account's own name, or add the document that shows the change of name.",
        "请提交与账户名称一致的证件，或补充证明名称变更的文件。",
    ),
    (
        "wrong_paper",
        "This kind of paper does not prove the identity",
        "该类证件不能证明身份",
        "A person sends a passport, driving licence or identity card; a company sends its business licence.",
        "个人请提交护照、驾驶证或身份证；企业请提交营业执照。",
    ),
    (
        "expired",
        "The paper has expired",
        "证件已过期",
        "Send a paper that is valid today.",
        "请提交目前有效的证件。",
    ),
    (
        "typed_differs",
        "What was typed differs from the paper",
        "填写内容与证件不符",
        "Send it again and type name, number and country exactly as they stand on the paper.",
        "请重新提交，并按证件原样填写姓名或名称、号码和国家/地区。",
    ),
    (
        "needs_translation",
        "The paper needs a translation",
        "证件需要翻译",
        "Papers in other languages than English or Chinese come with a translation in one file.",
        "非英文或中文的证件，请与译文合并为一个文件提交。",
    ),
    (
        "altered",
        "The paper shows signs of alteration",
        "证件有改动痕迹",
        "Send an unedited picture of the original paper. Contact support if you believe this is a mistake.",
        "请提交原件未经编辑的照片。如认为判断有误，请联系客服。",
    ),
]


def seed_reasons(apps, schema_editor):  # type: ignore[no-untyped-def]
    """Write the first catalogue of reasons; later ones are changed in the console or by migration, never in code."""
    reason = apps.get_model("rightsholders", "RefusalReason")
    reason.objects.bulk_create(
        reason(code=code, position=number, label_en=en, label_zh=zh, remedy_en=fix_en, remedy_zh=fix_zh, effective_from=date(2026, 1, 1))
        for number, (code, en, zh, fix_en, fix_zh) in enumerate(REASONS, start=1)
    )


class Migration(migrations.Migration):
    """Needs the ground floor's logins and functions."""

    dependencies = [("rightsholders", "0001_initial"), ("core", "0002_walls")]

    operations = [
        secure("rightsholders_refusalreason", walls.reference("r", "raw", "r")),
        secure("rightsholders_identitypaper", walls.tenant("ra", "r", "r")),
        secure("rightsholders_verification", walls.tenant("raw", "rw", "rw")),
        secure("rightsholders_decision", walls.tenant("r", "ra", "r")),
        secure("rightsholders_verifiernote", walls.staff("ra", "")),
        composite_fk("rightsholders_identitypaper", ("organization_id", "file_id"), "core_storedfile", ("organization_id", "id")),
        composite_fk(
            "rightsholders_verification", ("organization_id", "paper_id"), "rightsholders_identitypaper", ("organization_id", "id")
        ),
        composite_fk("rightsholders_verification", ("organization_id", "clock_id"), "core_clock", ("organization_id", "id")),
        composite_fk(
            "rightsholders_decision", ("organization_id", "verification_id"), "rightsholders_verification", ("organization_id", "id")
        ),
        migrations.RunPython(seed_reasons, migrations.RunPython.noop),
    ]
