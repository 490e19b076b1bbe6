"""Grants, row-level policies and keys across columns for rights; the reasons a right can be refused for."""

from __future__ import annotations

from datetime import date

from django.db import migrations

from ipp.core import walls
from ipp.core.walls import composite_fk, secure

REASONS = [
    (
        "right_not_in_force",
        "The right is not in force",
        "权利未在有效期内",
        "Renew the right, then add it again with the renewed certificate.",
        "请先办理续展，再凭续展证明重新添加。",
    ),
    (
        "owner_differs",
        "The owner's name is not the account's",
        "权利人名称与账户不一致",
        "Add the assignment, change of name or recordal certificate that leads from the owner on the certificate to the account.",
        "请补充从证书所载权利人到本账户名称的转让、变更或备案证明。",
    ),
    (
        "number_differs",
        "The number does not match the document",
        "号码与文件不符",
        "Add it again with the number exactly as it stands on the certificate.",
        "请按证书原样填写号码后重新添加。",
    ),
    (
        "application_only",
        "This is an application, not a right",
        "仅为申请，尚未取得权利",
        "A filing receipt or notice of acceptance proves no right. Add it once it is registered or granted.",
        "申请受理通知书不能证明权利。请在核准注册或授权后再添加。",
    ),
    (
        "territory_unproven",
        "The territory is not proven",
        "保护地域未获证明",
        "A Madrid mark used for China needs the certificate of CNIPA; other territories need proof of their own office.",
        "马德里商标用于中国需提供国家知识产权局的证明；其他地域需提供当地主管机关的证明。",
    ),
    (
        "classes_missing",
        "The page with the classes is missing",
        "缺少类别页",
        "Add the pages of the certificate that list the classes and goods.",
        "请补充证书中列明类别和商品/服务的页面。",
    ),
    (
        "right_unreadable",
        "The document is not readable",
        "文件无法辨认",
        "Send a sharp colour copy that shows every page whole, with the seal of the authority.",
        "请提交清晰的彩色副本，页面完整并可见主管机关印章。",
    ),
    (
        "right_altered",
        "The document shows signs of alteration",
        "文件有改动痕迹",
        "Send an unedited copy of the original. Contact support if you believe this is a mistake.",
        "请提交原件未经编辑的副本。如认为判断有误，请联系客服。",
    ),
    (
        "right_needs_translation",
        "The document needs a translation",
        "文件需要翻译",
        "Documents in other languages than English or Chinese come with a translation.",
        "非英文或中文的文件请附译文。",
    ),
]


def seed_reasons(apps, schema_editor):  # type: ignore[no-untyped-def]
    """Write the reasons about rights; later ones are changed in the console or by migration, never in code."""
    reason = apps.get_model("rightsholders", "RefusalReason")
    reason.objects.bulk_create(
        reason(
            code=code,
            about="right",
            position=number,
            label_en=en,
            label_zh=zh,
            remedy_en=fix_en,
            remedy_zh=fix_zh,
            effective_from=date(2026, 1, 1),
        )
        for number, (code, en, zh, fix_en, fix_zh) in enumerate(REASONS, start=101)
    )


class Migration(migrations.Migration):
    """Needs the tables of rights."""

    dependencies = [("rightsholders", "0003_rights"), ("core", "0002_walls")]

    operations = [
        secure("rightsholders_right", walls.tenant("raw", "rw", "rw")),
        secure("rightsholders_rightdocument", walls.tenant("ra", "r", "r")),
        composite_fk("rightsholders_rightdocument", ("organization_id", "right_id"), "rightsholders_right", ("organization_id", "id")),
        composite_fk("rightsholders_rightdocument", ("organization_id", "file_id"), "core_storedfile", ("organization_id", "id")),
        composite_fk("rightsholders_verification", ("organization_id", "right_id"), "rightsholders_right", ("organization_id", "id")),
        migrations.RunPython(seed_reasons, migrations.RunPython.noop),
    ]
