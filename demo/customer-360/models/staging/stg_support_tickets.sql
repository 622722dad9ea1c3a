select
    ticket_id,
    requester.customer_id as customer_id,
    {{ mask_sha256('requester.email') }} as requester_email_sha256,
    topic,
    priority,
    status,
    cast(opened_at as timestamp) as opened_at,
    cast(first_reply_at as timestamp) as first_reply_at,
    cast(closed_at as timestamp) as closed_at,
    cast(satisfaction as integer) as satisfaction
from {{ source('help_desk', 'support_tickets') }}
