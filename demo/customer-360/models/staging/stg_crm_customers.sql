select
    customer_id,
    {{ mask_initials('full_name') }} as customer_initials,
    {{ mask_sha256('email') }} as email_sha256,
    {{ mask_sha256('phone') }} as phone_sha256,
    {{ mask_year('birth_date') }} as birth_year,
    country_code,
    city,
    tier_code,
    cast(marketing_opt_in as boolean) as has_opted_in,
    cast(signed_up_at as timestamp) as signed_up_at,
    cast(updated_at as timestamp) as updated_at
from {{ source('crm', 'customers') }}
