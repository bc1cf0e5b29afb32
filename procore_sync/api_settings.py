"""The API's part of the settings: nothing here depends on the environment."""

REST_FRAMEWORK = {
    "EXCEPTION_HANDLER": "procore_sync.accounts.api.answer_refusal",
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "procore_sync.accounts.authentication.TokenOfMember",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["procore_sync.accounts.authentication.IsMember"],
    "DEFAULT_THROTTLE_CLASSES": ["procore_sync.accounts.authentication.PerMember"],
    "DEFAULT_THROTTLE_RATES": {"member": "600/min"},
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["procore_sync.kit.parsing.PlainJSON"],
    "DEFAULT_SCHEMA_CLASS": "procore_sync.accounts.schema.ConsoleSchema",
    "DEFAULT_PAGINATION_CLASS": "procore_sync.kit.pagination.NewestFirst",
    "PAGE_SIZE": 50,
}
KNOX_TOKEN_MODEL = "knox.AuthToken"  # noqa: S105 - the name of a model
REST_KNOX = {"TOKEN_TTL": None, "TOKEN_PREFIX": "erp_", "AUTH_HEADER_PREFIX": "Token"}
SPECTACULAR_SETTINGS = {
    "TITLE": "Sync console",
    "VERSION": "1",
    "DESCRIPTION": "Records on their way from construction projects to QuickBooks: see docs/api.md.",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["procore_sync.accounts.authentication.IsMember"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "KindEnum": "procore_sync.kit.kinds.Kind",
        "StatusEnum": "procore_sync.acceptance.states.Status",
        "ActionEnum": "procore_sync.acceptance.states.Action",
        "CommitmentStatusEnum": "commitments.models.CommitmentStatus",
        "ChangeStatusEnum": "change_orders.models.ChangeStatus",
        "CommitmentTypeEnum": "commitments.models.CommitmentType",
        "InvoiceStatusEnum": "invoices.models.InvoiceStatus",
        "InvoiceTypeEnum": "invoices.models.InvoiceType",
        "WebhookStateEnum": "procore_sync.acceptance.webhooks.rows.EndpointState",
        "WebhookDeliveryStateEnum": "procore_sync.acceptance.webhooks.rows.DeliveryState",
        "YesOrNoEnum": ["yes", "no"],
        "ListOfNamesEnum": ["vendor", "job", "item"],
    },
}
